//! Connects to the store that a URL names.

use std::str::FromStr;
use std::sync::{Arc, PoisonError};

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::Objects;
use super::object::{MOST_PIECES, ObjectPart, PIECE_BYTES};
use super::tasks::Tasks;
use super::url::{Scheme, Url};
use crate::error::{Code, Error, Result};
use crate::sink::parts::{PartName, Place};
use crate::sink::{Object, SinkOpening};

/// What a URL names, and the way there.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) tasks: Tasks,
    pub(super) scheme: Scheme,
    /// Whether its objects end with the process.
    is_in_memory: bool,
    /// What stands in front of the objects' names.
    directory: Path,
    /// The URL as the job has it, without the slash at its end.
    pub(super) url: String,
    /// The stage as messages name it.
    pub(super) place: String,
}

impl Target {
    fn connect(url: &str, place: String, opening: &SinkOpening<'_>) -> Result<Self> {
        let parsed = Url::parse(url).map_err(|error| error.at(&place))?;
        let unusable = |cause| {
            Error::new(Code::Config, format!("cannot write to `{url}`"))
                .caused_by(cause)
                .at(&place)
                .help("look at the URL, at the environment, and at `[object_store]` in `streamflow.toml`")
        };
        let directory = Path::from_url_path(parsed.path).map_err(|cause| unusable(cause.into()))?;
        let settings = Settings(&opening.config.object_store);
        let store = store(&parsed, &settings, opening.captures_output).map_err(unusable)?;
        let tasks = Tasks::start().map_err(|cause| {
            Error::new(Code::Bug, "cannot start a thread to write objects on").caused_by(cause)
        })?;
        Ok(Target {
            store,
            tasks,
            scheme: parsed.scheme,
            is_in_memory: is_in_memory(&parsed, opening.captures_output),
            directory,
            url: url.trim_end_matches('/').to_owned(),
            place,
        })
    }

    /// Finds out whether objects can be put, and leaves none behind: one is begun, in pieces of
    /// which none is sent. Azure has no such beginning, and says it when an object is put.
    fn check(&self, path: Path) -> Result<()> {
        let store = Arc::clone(&self.store);
        let checked = async move {
            let mut begun = store.put_multipart(&path).await?;
            // Who may put objects may not always do this; what is left is empty and seen by nobody.
            let _aborted = begun.abort().await;
            Ok(())
        };
        self.tasks.run(checked).map_err(|cause| self.failed(cause))
    }

    fn objects(&self) -> Result<Vec<Object>> {
        let (store, directory) = (Arc::clone(&self.store), self.directory.clone());
        let read = async move {
            let mut objects = Vec::new();
            for found in store.list_with_delimiter(Some(&directory)).await?.objects {
                let name = found.location.filename().unwrap_or_default().to_owned();
                let bytes = store.get(&found.location).await?.bytes().await?;
                objects.push((name, bytes.to_vec()));
            }
            Ok(objects)
        };
        let objects = self.tasks.run(read).map_err(|cause| self.failed(cause))?;
        let named = objects.into_iter().map(|(name, bytes)| Object {
            url: format!("{}/{name}", self.url),
            bytes,
        });
        Ok(named.collect())
    }
}

/// Whether objects are kept in memory. In a test those of a bucket are, as topics are.
fn is_in_memory(url: &Url<'_>, is_test: bool) -> bool {
    match url.scheme {
        Scheme::Memory => true,
        Scheme::File => false,
        Scheme::S3 | Scheme::Google | Scheme::Azure => is_test,
    }
}

/// The store itself.
fn store(
    url: &Url<'_>,
    settings: &Settings<'_>,
    is_test: bool,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(match url.scheme {
        Scheme::Memory => Arc::new(InMemory::new()),
        Scheme::S3 | Scheme::Google | Scheme::Azure if is_test => Arc::new(InMemory::new()),
        Scheme::File => Arc::new(LocalFileSystem::new().with_fsync(true)),
        Scheme::S3 => {
            choose_cryptography();
            let mut s3 = AmazonS3Builder::new();
            for (key, value) in settings.of("aws_")? {
                s3 = s3.with_config(key, value);
            }
            Arc::new(s3.with_bucket_name(url.bucket).build()?)
        }
        Scheme::Google => {
            choose_cryptography();
            let mut google = GoogleCloudStorageBuilder::new();
            for (key, value) in settings.of("google_")? {
                google = google.with_config(key, value);
            }
            Arc::new(google.with_bucket_name(url.bucket).build()?)
        }
        Scheme::Azure => {
            choose_cryptography();
            let mut azure = MicrosoftAzureBuilder::new();
            for (key, value) in settings.of("azure_")? {
                azure = azure.with_config(key, value);
            }
            // The account may stand in it.
            let scheme = if url.bucket.contains('@') {
                "abfss"
            } else {
                "az"
            };
            let url = format!("{scheme}://{}", url.bucket);
            Arc::new(azure.with_url(url).build()?)
        }
    })
}

/// What `streamflow.toml` says of object stores.
struct Settings<'c>(&'c [(String, String)]);

impl Settings<'_> {
    /// Those of one cloud, by the beginning of their names: the stronger ones of the environment
    /// come last.
    fn of<K: FromStr<Err = object_store::Error>>(
        &self,
        cloud: &str,
    ) -> object_store::Result<Vec<(K, String)>> {
        let settings = self.0.iter().filter(|(name, _)| name.starts_with(cloud));
        let settings = settings.map(|(name, value)| Ok((name.parse()?, value.clone())));
        let of_environment = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.to_ascii_lowercase();
            // The environment has other variables of the cloud, for other programs.
            let key = name.starts_with(cloud).then(|| name.parse().ok())??;
            Some(Ok((key, value.into_string().ok()?)))
        });
        settings.chain(of_environment).collect()
    }
}

/// The stores' HTTP client takes the cryptography of the process, and ours where it has none.
fn choose_cryptography() {
    // One that the program has chosen stays.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
}

impl Objects {
    fn target(&self) -> Option<Arc<Target>> {
        let opened = self.opened.lock();
        opened.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Place for Objects {
    type Part = ObjectPart;

    const MOST_BYTES: usize = PIECE_BYTES.saturating_mul(MOST_PIECES);

    fn open(&self, opening: &SinkOpening<'_>, name: &PartName<'_>) -> Result<()> {
        // What is kept in memory outlives the runs of a job.
        let kept = self.target().filter(|target| target.is_in_memory);
        let target = kept.map_or_else(
            || Target::connect(&self.url, self.place(opening.plan), opening).map(Arc::new),
            Ok,
        )?;
        target.check(target.directory.clone().join(name.draw()))?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(target);
        Ok(())
    }

    fn begin(&self, name: &PartName<'_>) -> Result<ObjectPart> {
        let target = self.target().ok_or_else(|| {
            Error::new(Code::Bug, "a sink is written to before it is opened").at(&self.url)
        })?;
        let path = target.directory.clone().join(name.draw());
        Ok(ObjectPart::new(target, path))
    }

    fn objects(&self) -> Result<Vec<Object>> {
        self.target()
            .map_or_else(|| Ok(Vec::new()), |target| target.objects())
    }
}
