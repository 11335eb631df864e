//! Memory for tables, in pages as large as the machine has where a table is large.
//!
//! A table that does not fit the cache is looked up all over. With pages of four kilobytes each look
//! waits twice, for the place of the page and for the entry; with pages of two megabytes, once.

#![expect(
    unsafe_code,
    reason = "memory is handed out and advised on: see the scenario `held` of the benchmark `suite`"
)]

use std::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator, Global, Layout};

/// A large page of Linux on the usual processors. Where pages are of another size, the advice is
/// still right.
const LARGE_PAGE: usize = 2 << 20;

/// Where a table begins to be large: what is smaller mostly stays in the cache, and would waste a
/// good part of its last page.
const LARGE: usize = 4 * LARGE_PAGE;

/// Hands out the memory of tables.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pages;

/// What is asked for in place of `layout`, if that is large: the same, at the beginning of a page.
fn at_page(layout: Layout) -> Option<Layout> {
    if layout.size() < LARGE {
        return None;
    }
    layout.align_to(LARGE_PAGE).ok()
}

// SAFETY: all memory is that of `Global`, which is asked and given back with the same layout: it
// depends on nothing but the layout that this allocator is given.
unsafe impl Allocator for Pages {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let Some(layout) = at_page(layout) else {
            return Global.allocate(layout);
        };
        let block = Global.allocate(layout)?;
        advise(block);
        Ok(block)
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller promises that `block` is from `allocate` with this layout, which has
        // asked `Global` with that layout.
        unsafe { Global.deallocate(block, at_page(layout).unwrap_or(layout)) }
    }
}

/// Asks for large pages. A system that has none, or does not want to, serves as well.
#[cfg(all(target_os = "linux", not(miri)))]
fn advise(block: NonNull<[u8]>) {
    use rustix::mm::{Advice, madvise};

    // SAFETY: the advice changes neither what the memory holds nor whose it is, and the block
    // begins at a page; its end counts as far as its last whole page.
    let advised = unsafe { madvise(block.as_ptr().cast(), block.len(), Advice::LinuxHugepage) };
    if let Err(error) = advised {
        tracing::debug!("no large pages for a table: {error}");
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn advise(_block: NonNull<[u8]>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_block_begins_at_a_large_page_and_holds_what_is_written() {
        let layout = Layout::from_size_align(LARGE + 100, 16).unwrap();
        let block = Pages.allocate(layout).unwrap();
        assert!(block.len() >= layout.size());
        assert_eq!(block.cast::<u8>().as_ptr().addr() % LARGE_PAGE, 0);
        let last = block.len() - 1;
        // SAFETY: the block is ours, and `last` is inside of it.
        unsafe {
            let bytes = block.cast::<u8>().as_ptr();
            bytes.write(1);
            bytes.add(last).write(2);
            assert_eq!((bytes.read(), bytes.add(last).read()), (1, 2));
            Pages.deallocate(block.cast(), layout);
        }
    }

    #[test]
    fn small_block_is_as_it_was_asked_for() {
        let layout = Layout::from_size_align(LARGE - 1, 16).unwrap();
        assert_eq!(at_page(layout), None);
        let block = Pages.allocate(layout).unwrap();
        // SAFETY: it was just allocated with this layout.
        unsafe { Pages.deallocate(block.cast(), layout) };
    }
}
