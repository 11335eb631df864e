//! A real server that speaks S3, and a look at the objects that it has.
//!
//! It is `S3Proxy`, fetched from Maven Central once for each target directory, which checks signatures
//! and keeps objects as files. Nothing of it outlives the test process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs, io};

use tempfile::TempDir;

pub use crate::java::Unavailable;
use crate::java::{Jars, resource};
use crate::waiting::until;
use crate::watched::Watched;

/// Set to `required`, it makes a missing server a failure: in CI no test may skip itself.
const POLICY: &str = "STREAMFLOW_TEST_S3";
const S3PROXY: Jars = Jars {
    program: "S3Proxy 4.1.0",
    kept_in: "s3proxy-4.1.0",
    pom: "s3/pom.xml",
};
const READY: Duration = Duration::from_secs(60);
/// What stands in front of the address that the server listens at.
const READY_LINE: &str = "{HTTP/1.1, (http/1.1)}{127.0.0.1:";
/// The one who may do everything.
const USER: &str = "streamflow";
const PASSWORD: &str = "known-to-the-tests";

/// A server with a directory and a port of its own. Dropped, it is stopped and its directory
/// removed.
#[derive(Debug)]
pub struct Server {
    port: u16,
    process: Option<Watched>,
    /// Removed after the process has ended.
    directory: TempDir,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub fn start() -> Result<Self, Unavailable> {
        let libraries = S3PROXY.get()?;
        let failed = |cause: io::Error| {
            Unavailable::because(format!("the S3 server cannot be started: {cause}"))
        };
        let directory = tempfile::Builder::new()
            .prefix("streamflow-s3-")
            .tempdir()
            .map_err(failed)?;
        let buckets = directory.path().join("buckets");
        fs::create_dir(&buckets).map_err(failed)?;
        let properties = directory.path().join("s3proxy.properties");
        let settings = format!(
            "s3proxy.endpoint=http://127.0.0.1:0\n\
             s3proxy.authorization=aws-v4\n\
             s3proxy.identity={USER}\n\
             s3proxy.credential={PASSWORD}\n\
             jclouds.provider=filesystem-nio2\n\
             jclouds.filesystem.basedir={}\n",
            buckets.display()
        );
        fs::write(&properties, settings).map_err(failed)?;
        let command = [
            "java".to_owned(),
            "-Xmx256m".to_owned(),
            // Starting soon matters more here than running fast for long.
            "-XX:TieredStopAtLevel=1".to_owned(),
            "-XX:+UseSerialGC".to_owned(),
            format!(
                "-Dlogback.configurationFile={}",
                resource("s3/logback.xml").display()
            ),
            "-cp".to_owned(),
            format!("{}/*", libraries.display()),
            "org.gaul.s3proxy.Main".to_owned(),
            "--properties".to_owned(),
            properties.display().to_string(),
        ];
        let log = directory.path().join("log");
        let mut process = Watched::start(directory.path(), log, &command).map_err(failed)?;
        let port = until(READY, || match port_in(&process.log()) {
            Some(port) => Some(Some(port)),
            None => process.ended().map(|_| None),
        });
        match port.flatten() {
            Some(port) => Ok(Server {
                port,
                process: Some(process),
                directory,
            }),
            None => Err(Unavailable::because(format!(
                "the S3 server did not become ready: {}",
                process.log().trim()
            ))),
        }
    }

    /// What `[object_store]` of `streamflow.toml` says about the server, and who writes to it.
    pub fn settings(&self) -> Vec<(String, String)> {
        let settings = [
            (
                "aws_endpoint_url",
                format!("http://127.0.0.1:{}", self.port),
            ),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", USER.to_owned()),
            ("aws_secret_access_key", PASSWORD.to_owned()),
        ];
        let settings = settings.into_iter();
        settings
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Makes a bucket.
    ///
    /// # Panics
    ///
    /// If it is there already.
    pub fn create_bucket(&self, name: &str) {
        fs::create_dir(self.bucket(name)).expect("a bucket that is not there yet");
    }

    /// The names of a bucket's objects below a directory, with what is in them, in their order.
    ///
    /// # Panics
    ///
    /// If there is no such bucket.
    pub fn objects(&self, bucket: &str, directory: &str) -> Vec<(String, Vec<u8>)> {
        let path = self.bucket(bucket);
        assert!(path.is_dir(), "there is no bucket `{bucket}`");
        let Ok(entries) = fs::read_dir(path.join(directory)) else {
            return Vec::new();
        };
        let mut objects: Vec<_> = entries
            .map(|entry| entry.expect("an entry of a bucket"))
            .filter(|entry| entry.path().is_file())
            .map(|entry| {
                let bytes = fs::read(entry.path()).expect("an object");
                (entry.file_name().to_string_lossy().into_owned(), bytes)
            })
            .collect();
        objects.sort();
        objects
    }

    /// How many files a bucket has in all, also those that are no objects: pieces of some that are
    /// not whole.
    ///
    /// # Panics
    ///
    /// If there is no such bucket.
    pub fn n_files(&self, bucket: &str) -> usize {
        n_files(&self.bucket(bucket))
    }

    fn bucket(&self, name: &str) -> PathBuf {
        self.directory.path().join("buckets").join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }
}

fn n_files(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).expect("a directory of a bucket");
    let n_files = entries.map(|entry| match entry.expect("an entry of it").path() {
        path if path.is_dir() => n_files(&path),
        _ => 1,
    });
    n_files.sum()
}

/// The port that a server says it listens at.
fn port_in(log: &str) -> Option<u16> {
    let (_, behind) = log.split_once(READY_LINE)?;
    behind.split_once('}')?.0.parse().ok()
}

/// The server that the tests of this process share.
///
/// Without one this says on standard error that the test is skipped, and why.
///
/// # Panics
///
/// Without a server, if the environment says `STREAMFLOW_TEST_S3=required`.
pub fn server_or_skip(test: &str) -> Option<&'static Server> {
    static SHARED: OnceLock<Result<Server, Unavailable>> = OnceLock::new();
    match SHARED.get_or_init(Server::start) {
        Ok(server) => Some(server),
        Err(why) if env::var(POLICY).is_ok_and(|policy| policy == "required") => {
            panic!("`{test}` needs an S3 server ({POLICY}=required): {why}")
        }
        Err(why) => {
            eprintln!("SKIPPED {test}: {why}");
            None
        }
    }
}
