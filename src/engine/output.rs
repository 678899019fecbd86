//! Records on their way to the peer.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

/// The largest buffer that is kept for the next connection to use.
const MOST_KEPT: usize = 128 * 1024;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes to be sent. rustls encrypts into memory that has a value already; so that
/// it is not cleared for each record, and that an idle connection has none, a
/// buffer passes from one connection of the thread to the next. All that such a
/// buffer ever holds is what was sent in the open.
#[derive(Default)]
pub struct Output {
    /// What is to be sent, and behind it what may be written over.
    bytes: Vec<u8>,
    len: usize,
}

impl Output {
    /// `len` bytes behind those to be sent, to be written over.
    pub fn room(&mut self, len: usize) -> &mut [u8] {
        if self.bytes.is_empty() {
            self.bytes = take_spare();
        }
        let end = self.len + len;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.len..end]
    }

    /// The first `len` bytes of the room are to be sent.
    pub fn advance(&mut self, len: usize) {
        self.len = self.bytes.len().min(self.len + len);
    }

    /// Appends `bytes`.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
        self.advance(bytes.len());
    }

    /// Changes what is to be sent.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.bytes.truncate(self.len);
        let result = change(&mut self.bytes);
        self.len = self.bytes.len();
        result
    }

    /// Forgets what was to be sent, and gives the memory up.
    pub fn clear(&mut self) {
        self.len = 0;
        let bytes = std::mem::take(&mut self.bytes);
        if !bytes.is_empty() && bytes.len() <= MOST_KEPT {
            give_spare(bytes);
        }
    }
}

/// This and [`give_spare`] are not inlined: between them the program may move the caller to another
/// thread, whose variable has another address, which the compiler does not expect.
#[inline(never)]
fn take_spare() -> Vec<u8> {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

#[inline(never)]
fn give_spare(bytes: Vec<u8>) {
    let _ = SPARE.try_with(|spare| spare.set(bytes));
}

impl Deref for Output {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl DerefMut for Output {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there() {
        let mut output = Output::default();
        output.extend_from_slice(b"one");
        output.room(10)[..3].copy_from_slice(b"two");
        output.advance(3);
        assert_eq!(*output, *b"onetwo");
        output.edit(|bytes| bytes.extend(b"three"));
        assert_eq!(*output, *b"onetwothree");
        output.edit(|bytes| bytes.truncate(5));
        assert_eq!(*output, *b"onetw");
        output.clear();
        assert!(output.is_empty());
        output.extend_from_slice(b"4");
        assert_eq!(*output, *b"4");
    }

    #[test]
    fn a_large_buffer_is_not_kept() {
        let mut output = Output::default();
        output.room(MOST_KEPT + 1);
        output.clear();
        output.room(1);
        assert_eq!(output.bytes.len(), 1);
    }
}
