//! Answers that are remembered, by their keys.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use lru::LruCache;

use crate::state::KeptKey;

/// The answers that one worker remembers: those asked for last.
///
/// It is no state: checkpoints do not hold it, and a run begins without any.
pub struct Cache<K, A> {
    /// Nothing where no answer is remembered.
    entries: Option<LruCache<HashedKey<K>, Entry<A>>>,
    /// After how long an answer is asked for again.
    ttl_ms: Option<i64>,
    copy: fn(&A) -> A,
}

#[derive(Debug)]
struct Entry<A> {
    /// Nothing where nothing was found.
    found: Option<A>,
    since_ms: i64,
}

impl<K: KeptKey, A> Cache<K, A> {
    /// Remembers so many answers, each for so long.
    pub(crate) fn new(size: Option<u64>, ttl_ms: Option<u64>) -> Self
    where
        A: Clone,
    {
        let size = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        Cache {
            // What it may hold at most is not taken beforehand.
            entries: size.and_then(NonZeroUsize::new).map(|size| {
                let mut entries = LruCache::unbounded();
                entries.resize(size);
                entries
            }),
            ttl_ms: ttl_ms.map(|ttl_ms| i64::try_from(ttl_ms).unwrap_or(i64::MAX)),
            copy: A::clone,
        }
    }

    /// The answer for a key, if it is remembered; nothing inside where nothing was found.
    pub(crate) fn get(&mut self, key: K, now_ms: i64) -> Result<Option<A>, K> {
        let Some(entries) = &mut self.entries else {
            return Err(key);
        };
        let key = HashedKey(key);
        let Some(entry) = entries.get(&key) else {
            return Err(key.0);
        };
        let age_ms = now_ms.saturating_sub(entry.since_ms);
        if self.ttl_ms.is_some_and(|ttl_ms| age_ms >= ttl_ms) {
            entries.pop(&key);
            return Err(key.0);
        }
        Ok(entry.found.as_ref().map(self.copy))
    }

    /// What was found, once more.
    pub(crate) fn copy_of(&self, found: Option<&A>) -> Option<A> {
        found.map(self.copy)
    }

    /// Remembers what was found for a key.
    pub(crate) fn put(&mut self, key: K, found: Option<A>, now_ms: i64) {
        if let Some(entries) = &mut self.entries {
            let since_ms = now_ms;
            entries.put(HashedKey(key), Entry { found, since_ms });
        }
    }
}

impl<K, A> fmt::Debug for Cache<K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("ttl_ms", &self.ttl_ms)
            .finish_non_exhaustive()
    }
}

/// A key as tables of the standard kind look it up.
#[derive(Debug)]
pub(crate) struct HashedKey<K>(pub(crate) K);

impl<K: KeptKey> Hash for HashedKey<K> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash_kept(hasher);
    }
}

impl<K: KeptKey> PartialEq for HashedKey<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl<K: KeptKey> Eq for HashedKey<K> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_is_remembered_until_its_time_or_until_others_take_its_place() {
        let mut cache: Cache<u64, &str> = Cache::new(Some(2), Some(100));
        assert_eq!(cache.get(1, 0), Err(1));
        cache.put(1, Some("one"), 0);
        cache.put(2, None, 50);
        assert_eq!(cache.get(1, 99), Ok(Some("one")));
        assert_eq!(cache.get(1, 100), Err(1), "its time is over");
        assert_eq!(
            cache.get(2, 100),
            Ok(None),
            "that there is none is an answer"
        );
        cache.put(1, Some("one"), 100);
        cache.put(3, Some("three"), 100);
        assert_eq!(cache.get(2, 100), Err(2), "the one asked for longest ago");
        assert_eq!(cache.get(3, 100), Ok(Some("three")));
    }

    #[test]
    fn nothing_is_remembered_without_a_size() {
        let mut cache: Cache<u64, &str> = Cache::new(None, None);
        cache.put(1, Some("one"), 0);
        assert_eq!(cache.get(1, 0), Err(1));
    }
}
