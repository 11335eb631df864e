use lz4_flex::frame::BlockMode;
use proptest::prelude::*;

use super::packing::{PACKINGS, ZSTD, bare_snappy, framed_snappy, gzip, lz4, zstd};
use super::*;

type Unpack<'c> = &'c mut dyn FnMut(&[u8], &mut Vec<u8>) -> Result<(), Unpackable>;

fn unpacked(codec: i16, packed: &[u8]) -> Result<Vec<u8>, Unpackable> {
    let mut into = b"in front".to_vec();
    Codecs::default().unpack(codec, packed, &mut into)?;
    assert!(into.starts_with(b"in front"));
    Ok(into.split_off(b"in front".len()))
}

#[test]
fn what_was_packed_comes_back_in_every_codec_and_size() {
    let text: Vec<u8> = (0..400_000_u32)
        .flat_map(|n| {
            format!(
                "user{},/page/{}",
                n.wrapping_mul(2_654_435_761) % 500,
                n % 50
            )
            .into_bytes()
        })
        .collect();
    for length in [0, 1, 100, 65_535, 65_536, 65_537, 1 << 20, text.len()] {
        let bytes = &text[..length];
        for (codec, pack) in PACKINGS {
            assert_eq!(
                unpacked(codec, &pack(bytes)).as_deref(),
                Ok(bytes),
                "{codec}, {length}"
            );
        }
    }
}

#[test]
fn bytes_that_cannot_be_packed_come_back_too() {
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(200_000).collect();
    for (codec, pack) in PACKINGS {
        assert_eq!(
            unpacked(codec, &pack(&noise)).as_ref(),
            Ok(&noise),
            "{codec}"
        );
    }
}

#[test]
fn one_decoder_goes_on_behind_a_batch_that_was_damaged() {
    let mut codecs = Codecs::default();
    let mut into = Vec::new();
    let whole = zstd(&vec![b'a'; 100_000]);
    let cut = &whole[..whole.len() / 2];
    assert_eq!(
        codecs.unpack(ZSTD, cut, &mut into),
        Err(Unpackable::Malformed)
    );
    into.clear();
    codecs.unpack(ZSTD, &whole, &mut into).unwrap();
    assert_eq!(into.len(), 100_000);
}

#[test]
fn more_than_the_limit_is_not_unpacked() {
    let most_bytes = 1 << 20;
    let bomb = vec![0; most_bytes + 1];
    let too_large = Err(Unpackable::TooLarge { most_bytes });
    let fits = &bomb[1..];
    let mut context = zstd::Context::default();
    let check = |name: &str, pack: &dyn Fn(&[u8]) -> Vec<u8>, unpack: Unpack<'_>| {
        let mut into = Vec::new();
        assert_eq!(unpack(&pack(fits), &mut into), Ok(()), "{name}");
        assert_eq!(into.len(), most_bytes, "{name}");
        into = Vec::new();
        assert_eq!(unpack(&pack(&bomb), &mut into), too_large, "{name}");
        assert!(
            into.capacity() <= 4 * most_bytes,
            "{name}: {}",
            into.capacity()
        );
    };
    check("gzip", &gzip, &mut |bytes, into| {
        gzip::unpack(bytes, into, most_bytes)
    });
    check("snappy", &bare_snappy, &mut |bytes, into| {
        snappy::unpack(bytes, into, most_bytes)
    });
    check(
        "framed",
        &|bytes| framed_snappy(bytes, 1 << 16),
        &mut |bytes, into| snappy::unpack(bytes, into, most_bytes),
    );
    check(
        "lz4",
        &|bytes| lz4(bytes, BlockMode::Linked),
        &mut |bytes, into| lz4::unpack(bytes, into, most_bytes),
    );
    check("zstd", &zstd, &mut |bytes, into| {
        context.unpack(bytes, into, most_bytes)
    });
}

#[test]
fn length_that_cannot_be_takes_no_memory() {
    // Bare Snappy that says it holds 127 MiB, in five bytes.
    let mut into = Vec::new();
    let claim = [0x80, 0x80, 0x80, 0x3f, 0];
    let refused = snappy::unpack(&claim, &mut into, MOST_BYTES);
    assert_eq!(refused, Err(Unpackable::Malformed));
    assert_eq!(into.capacity(), 0);
}

#[test]
fn codec_without_a_name_is_refused() {
    assert_eq!(unpacked(5, b"abc"), Err(Unpackable::Unknown));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in a batch, its codec ends, with the bytes or with an error.
    #[test]
    fn arbitrary_bytes_never_panic(codec in 1_i16..5, bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let mut into = Vec::new();
        let _either = Codecs::default().unpack(codec, &bytes, &mut into);
        prop_assert!(into.len() <= MOST_BYTES + 1);
    }

    /// The same for bytes that begin as they should.
    #[test]
    fn changed_bytes_never_panic(
        (codec, pack) in proptest::sample::select(&PACKINGS[..]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = b"user1,/page/7 user2,/page/7 ".repeat(50);
        let mut bytes = pack(&text);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let mut into = Vec::new();
        let _either = Codecs::default().unpack(codec, &bytes, &mut into);
        prop_assert!(into.len() <= MOST_BYTES + 1);
    }
}
