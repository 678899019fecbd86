//! A stack of pointers to statics: `STACK_OF(SSL_CIPHER)`.

use std::ptr::NonNull;

use super::sys::{OPENSSL_sk_free, OPENSSL_sk_new_null, OPENSSL_sk_push, stack_st};

/// A stack that owns nothing but itself; its elements live for ever.
pub struct StaticStack(NonNull<stack_st>);

// SAFETY: libcrypto's stacks have no thread of their own, and nothing changes
// this one after it was made.
unsafe impl Send for StaticStack {}
// SAFETY: as above.
unsafe impl Sync for StaticStack {}

impl StaticStack {
    /// A stack of `items`; `None` when memory runs out.
    pub fn new<T: 'static>(items: impl IntoIterator<Item = &'static T>) -> Option<Self> {
        // SAFETY: a new stack that we own.
        let stack = Self(NonNull::new(unsafe { OPENSSL_sk_new_null() })?);
        for item in items {
            // SAFETY: the stack is alive and stores the pointer.
            if unsafe { OPENSSL_sk_push(stack.as_ptr(), std::ptr::from_ref(item).cast()) } <= 0 {
                return None;
            }
        }
        Some(stack)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st {
        self.0.as_ptr()
    }

    /// Hands the stack to C.
    pub fn into_ptr(self) -> *mut stack_st {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl Drop for StaticStack {
    fn drop(&mut self) {
        // SAFETY: we own the stack; its elements are not ours to free.
        unsafe { OPENSSL_sk_free(self.0.as_ptr()) };
    }
}
