use std::io::Cursor;

use super::*;

/// Longer than any test takes: it is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

struct Of<R>(Option<R>);

impl<R: Read + Send + 'static> Input for Of<R> {
    type Bytes = R;

    fn open(&mut self) -> Result<R> {
        Ok(self.0.take().unwrap())
    }

    fn broken(&self, cause: io::Error) -> Error {
        Error::new(Code::InputUnreachable, "broken").caused_by(cause)
    }
}

fn start(input: impl Read + Send + 'static) -> FedReader {
    FedReader::start("test", Of(Some(input))).unwrap()
}

fn read_all(reader: &mut FedReader) -> Result<Vec<(i64, String)>> {
    let mut all = Vec::new();
    loop {
        match reader.poll(PATIENCE)? {
            Polled::Block(Block {
                next_offset, items, ..
            }) => {
                all.extend(items.map(|(offset, record)| {
                    (
                        offset,
                        String::from_utf8(record.value.unwrap().to_vec()).unwrap(),
                    )
                }));
                assert_eq!(next_offset, offset_of(all.len()));
            }
            Polled::Idle => panic!("nothing came"),
            Polled::Ended => return Ok(all),
        }
    }
}

fn read_rest(reader: &mut FedReader) -> Vec<String> {
    let mut texts = Vec::new();
    while let Polled::Block(block) = reader.poll(PATIENCE).unwrap() {
        texts.extend(
            block
                .items
                .map(|(_, record)| String::from_utf8(record.value.unwrap().to_vec()).unwrap()),
        );
    }
    texts
}

/// Reads at most a few bytes at a time, as a slow pipe would.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let few = into.len().min(7);
        self.0.read(&mut into[..few])
    }
}

/// Bytes that come when a test sends them; the end when it hangs up.
struct Sent(Receiver<io::Result<&'static [u8]>>);

impl Read for Sent {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Ok(sent) = self.0.recv() else {
            return Ok(0);
        };
        let bytes = sent?;
        into[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

fn numbered(n_lines: usize) -> Vec<(i64, String)> {
    (0..)
        .map(|n| (n, format!("line {n}")))
        .take(n_lines)
        .collect()
}

fn text_of(lines: &[(i64, String)]) -> Cursor<Vec<u8>> {
    let mut text = Vec::new();
    for (_, line) in lines {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    Cursor::new(text)
}

#[test]
fn lines_are_counted_across_blocks() {
    let lines = numbered(50_000);
    assert_eq!(read_all(&mut start(text_of(&lines))).unwrap(), lines);
}

#[test]
fn lines_that_come_in_pieces_are_whole() {
    let lines = numbered(100);
    assert_eq!(
        read_all(&mut start(Trickle(text_of(&lines)))).unwrap(),
        lines
    );
}

#[test]
fn line_longer_than_a_block_is_one_record() {
    let long = "x".repeat(3 * BLOCK_BYTES);
    let text = format!("a\n{long}\nb\n");
    let all = read_all(&mut start(Cursor::new(text.into_bytes()))).unwrap();
    assert_eq!(all, [(0, "a".to_owned()), (1, long), (2, "b".to_owned())]);
}

#[test]
fn line_without_an_end_in_sight_is_refused() {
    let error = read_all(&mut start(io::repeat(b'x'))).unwrap_err();
    assert_eq!(error.code(), Code::UndecodableRecord);
    assert!(error.to_string().contains("`test` at item 0"), "{error}");
}

#[test]
fn empty_input_ends_at_once() {
    assert_eq!(read_all(&mut start(io::empty())).unwrap(), []);
}

#[test]
fn whole_lines_are_handed_out_before_the_input_goes_on() {
    let (server, sent) = channel();
    let mut reader = start(Sent(sent));
    assert!(matches!(reader.poll(Duration::ZERO).unwrap(), Polled::Idle));
    server.send(Ok(&b"a\nb"[..])).unwrap();
    let Polled::Block(block) = reader.poll(PATIENCE).unwrap() else {
        panic!("no block")
    };
    assert_eq!((block.next_offset, block.items.count()), (1, 1));
    drop(server);
    assert_eq!(read_rest(&mut reader), ["b"]);
}

#[test]
fn failed_read_comes_behind_the_lines_before_it() {
    let (server, sent) = channel();
    let mut reader = start(Sent(sent));
    server.send(Ok(&b"a\nb"[..])).unwrap();
    server
        .send(Err(io::ErrorKind::ConnectionReset.into()))
        .unwrap();
    assert!(matches!(reader.poll(PATIENCE).unwrap(), Polled::Block(_)));
    assert_eq!(
        reader.poll(PATIENCE).unwrap_err().code(),
        Code::InputUnreachable
    );
}

#[test]
fn thread_ends_when_the_reader_is_gone() {
    struct Endless(#[expect(dead_code, reason = "it tells of its end")] Sender<()>);
    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            io::repeat(b'\n').read(into)
        }
    }
    let (alive, ended) = channel();
    let reader = start(Endless(alive));
    drop(reader);
    assert_eq!(
        ended.recv_timeout(PATIENCE),
        Err(RecvTimeoutError::Disconnected)
    );
}
