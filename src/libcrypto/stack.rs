//! `STACK_OF(X509)` and `STACK_OF(X509_NAME)`, owned with what they hold.

use std::ptr::NonNull;

use libc::{c_int, c_void};

use super::sys::{
    OPENSSL_sk_new_null, OPENSSL_sk_num, OPENSSL_sk_push, OPENSSL_sk_value, X509_NAME, stack_st, stack_st_X509,
    stack_st_X509_NAME,
};
use super::x509::{Name, X509};
use crate::boundary::reentrant;

type Free = unsafe extern "C" fn(*mut c_void);

unsafe extern "C" {
    fn X509_chain_up_ref(chain: *mut stack_st_X509) -> *mut stack_st_X509;
}

reentrant! {
    fn OPENSSL_sk_pop_free(sk: *mut stack_st, free: Free);
}

/// # Safety
/// `x509` is a certificate of which the caller gives up a reference.
unsafe extern "C" fn free_x509(x509: *mut c_void) {
    // SAFETY: the caller's promise.
    drop(unsafe { X509::from_ptr(x509.cast()) });
}

/// # Safety
/// `name` is a name that the caller gives up.
unsafe extern "C" fn free_name(name: *mut c_void) {
    // SAFETY: the caller's promise.
    drop(unsafe { Name::from_ptr(name.cast()) });
}

fn len_of<T>(sk: *const T) -> usize {
    // SAFETY: a live stack or NULL, for which libcrypto answers -1.
    usize::try_from(unsafe { OPENSSL_sk_num(sk.cast()) }).unwrap_or(0)
}

/// A `STACK_OF(X509)` that owns a reference to each certificate. It does not
/// change once it is shared.
pub struct X509Stack(NonNull<stack_st_X509>);

// SAFETY: libcrypto's stacks have no thread of their own, certificates count
// atomically, and nothing changes a stack through a shared borrow.
unsafe impl Send for X509Stack {}
// SAFETY: as above.
unsafe impl Sync for X509Stack {}

impl X509Stack {
    /// An empty stack; `None` when memory runs out.
    pub fn new() -> Option<Self> {
        // SAFETY: a new stack that we own.
        NonNull::new(unsafe { OPENSSL_sk_new_null() }.cast()).map(Self)
    }

    /// Takes over a stack and its certificates; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a stack that the caller gives up, elements included.
    pub unsafe fn from_ptr(ptr: *mut stack_st_X509) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// A copy of a stack of C's, each certificate shared; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live stack of certificates.
    pub unsafe fn share_ptr(ptr: *const stack_st_X509) -> Option<Self> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: not NULL; libcrypto does not change what it copies.
        unsafe { Self::from_ptr(X509_chain_up_ref(ptr.cast_mut())) }
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st_X509 {
        self.0.as_ptr()
    }

    /// Hands the stack and its certificates to C.
    pub fn into_ptr(self) -> *mut stack_st_X509 {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Adds a certificate at the end.
    pub fn push(&mut self, x509: X509) -> bool {
        // SAFETY: both are alive; on success the stack owns the reference.
        let pushed = unsafe { OPENSSL_sk_push(self.as_ptr().cast(), x509.as_ptr().cast()) > 0 };
        if pushed {
            std::mem::forget(x509);
        }
        pushed
    }

    /// How many certificates there are.
    pub fn len(&self) -> usize {
        len_of(self.as_ptr())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The certificate at `index`.
    pub fn get(&self, index: usize) -> Option<X509> {
        let index = c_int::try_from(index).ok()?;
        // SAFETY: an index out of range gives NULL; elements are certificates.
        unsafe { X509::share_ptr(OPENSSL_sk_value(self.as_ptr().cast(), index).cast()) }
    }

    /// The certificates, first to last.
    pub fn iter(&self) -> impl Iterator<Item = X509> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl Clone for X509Stack {
    fn clone(&self) -> Self {
        // SAFETY: alive. Memory running out ends the process, as it does
        // elsewhere in Rust.
        unsafe { Self::share_ptr(self.as_ptr()) }.expect("out of memory")
    }
}

impl Drop for X509Stack {
    fn drop(&mut self) {
        // SAFETY: we own the stack and a reference to each element.
        unsafe { OPENSSL_sk_pop_free(self.as_ptr().cast(), free_x509) };
    }
}

impl std::fmt::Debug for X509Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "X509Stack({} certificates)", self.len())
    }
}

/// A `STACK_OF(X509_NAME)` that owns its names.
pub struct NameStack(NonNull<stack_st_X509_NAME>);

// SAFETY: as for `X509Stack`.
unsafe impl Send for NameStack {}
// SAFETY: as for `X509Stack`.
unsafe impl Sync for NameStack {}

impl NameStack {
    /// An empty stack; `None` when memory runs out.
    pub fn new() -> Option<Self> {
        // SAFETY: a new stack that we own.
        NonNull::new(unsafe { OPENSSL_sk_new_null() }.cast()).map(Self)
    }

    /// Takes over a stack and its names; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a stack that the caller gives up, elements included.
    pub unsafe fn from_ptr(ptr: *mut stack_st_X509_NAME) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// A deep copy of a stack of C's; NULL is copied as an empty one.
    ///
    /// # Safety
    /// `ptr` is NULL or a live stack of names.
    pub unsafe fn copy_ptr(ptr: *const stack_st_X509_NAME) -> Option<Self> {
        let mut copy = Self::new()?;
        for index in 0..len_of(ptr) {
            // SAFETY: the index is in range; elements are names.
            let name = unsafe { Name::copy_ptr(OPENSSL_sk_value(ptr.cast(), index as c_int).cast()) }?;
            if !copy.push(name) {
                return None;
            }
        }
        Some(copy)
    }

    /// A stack of the names with these encodings; `None` if one is not a name.
    pub fn from_der<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut stack = Self::new()?;
        for der in names {
            if !stack.push(Name::from_der(der)?) {
                return None;
            }
        }
        Some(stack)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st_X509_NAME {
        self.0.as_ptr()
    }

    /// Hands the stack and its names to C.
    pub fn into_ptr(self) -> *mut stack_st_X509_NAME {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Adds a name at the end.
    pub fn push(&mut self, name: Name) -> bool {
        // SAFETY: both are alive; on success the stack owns the name.
        let pushed = unsafe { OPENSSL_sk_push(self.as_ptr().cast(), name.as_ptr().cast()) > 0 };
        if pushed {
            std::mem::forget(name);
        }
        pushed
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        len_of(self.as_ptr()) == 0
    }

    /// The names' encodings, first to last.
    pub fn to_der(&self) -> Vec<Vec<u8>> {
        let element = |index| {
            // SAFETY: the index is in range; elements are names.
            unsafe { OPENSSL_sk_value(self.as_ptr().cast(), index as c_int) }.cast::<X509_NAME>()
        };
        // SAFETY: each element lives while the stack is borrowed.
        (0..len_of(self.as_ptr())).map(|index| unsafe { Name::der_of(element(index)) }).collect()
    }
}

impl Drop for NameStack {
    fn drop(&mut self) {
        // SAFETY: we own the stack and its elements.
        unsafe { OPENSSL_sk_pop_free(self.as_ptr().cast(), free_name) };
    }
}
