//! Bytes that are wiped when they go.

use std::fmt::{self, Debug, Formatter};
use std::ops::{Deref, DerefMut};

use crate::libcrypto::cleanse;

/// Runs `work`, and wipes what it left on the stack.
#[inline]
pub fn wiped<R>(work: impl FnOnce() -> R) -> R {
    // Key derivation, and the keys of records, as optimized, need less.
    wiped_to::<2048, R>(work)
}

/// As [`wiped`], of work that goes as deep as `DEPTH` bytes.
#[inline]
pub fn wiped_to<const DEPTH: usize, R>(work: impl FnOnce() -> R) -> R {
    let result = apart(work);
    wipe_stack::<DEPTH>();
    result
}

/// Runs `work` in a part of the stack that is its own.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Wipes the part of the stack that a call, which just returned, may have used.
#[inline(never)]
fn wipe_stack<const DEPTH: usize>() {
    std::hint::black_box(&mut [0u8; DEPTH]);
}

/// So many bytes, which are wiped when they go.
pub struct Block<const N: usize>([u8; N]);

impl<const N: usize> Block<N> {
    /// Zeros, to be written over.
    pub fn zeroed() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Drop for Block<N> {
    fn drop(&mut self) {
        cleanse(&mut self.0);
    }
}

impl<const N: usize> Deref for Block<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Block<N> {
    fn deref_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

/// Bytes that are wiped when they go, also where growing leaves them behind.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// An empty one, with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// A copy of `bytes`.
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// `len` zeros, to be written over.
    pub fn zeroed(len: usize) -> Self {
        Self(vec![0; len])
    }

    /// Takes over `bytes`, which have not been anywhere else: a vector that grew has left
    /// copies behind.
    pub fn of_whole(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Appends `byte`.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.make_room(1);
        self.0.push(byte);
    }

    /// Appends `bytes`.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Makes it `len` bytes long; what is new is `value`.
    pub fn resize(&mut self, len: usize, value: u8) {
        self.make_room(len.saturating_sub(self.len()));
        self.0.resize(len, value);
    }

    /// Cuts it off after `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        if let Some(rest) = self.0.get_mut(len..) {
            cleanse(rest);
        }
        self.0.truncate(len);
    }

    #[inline]
    fn make_room(&mut self, more: usize) {
        let needed = self.0.len() + more;
        if needed > self.0.capacity() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let mut roomy = Self::with_capacity(needed.max(2 * self.0.capacity()));
        roomy.0.extend_from_slice(&self.0);
        *self = roomy;
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // What is behind its end was never used, or wiped when it was cut off.
        if !self.0.is_empty() {
            cleanse(&mut self.0);
        }
    }
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Secret {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Secret {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<'a> Extend<&'a u8> for Secret {
    fn extend<T: IntoIterator<Item = &'a u8>>(&mut self, bytes: T) {
        bytes.into_iter().for_each(|&byte| self.push(byte));
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_shrinks_as_a_vector_does() {
        let (mut secret, mut vector) = (Secret::default(), Vec::new());
        for byte in 0..100 {
            secret.push(byte);
            vector.push(byte);
        }
        secret.extend_from_slice(&vector.clone());
        vector.extend_from_within(..);
        secret.resize(300, 7);
        vector.resize(300, 7);
        assert_eq!(*secret, vector[..]);
        secret.truncate(150);
        secret.truncate(200);
        assert_eq!(*secret, vector[..150]);
        assert_eq!(format!("{secret:?}"), "Secret(150 bytes)");
    }
}
