//! Application data on our objects, kept by libcrypto's `CRYPTO_EX_DATA`.

use std::cell::UnsafeCell;

use libc::{c_int, c_long, c_void};

use super::sys::OSSL_LIB_CTX;
use crate::boundary::reentrant;

/// Which class of objects an index belongs to (`CRYPTO_EX_INDEX_*`).
#[derive(Clone, Copy)]
#[repr(i32)]
pub enum Class {
    /// `SSL`
    Ssl = 0,
    /// `SSL_CTX`
    SslCtx = 1,
    /// `SSL_SESSION`
    SslSession = 2,
}

#[repr(C)]
struct CRYPTO_EX_DATA {
    ctx: *mut OSSL_LIB_CTX,
    sk: *mut c_void,
}

unsafe extern "C" {
    fn CRYPTO_set_ex_data(ad: *mut CRYPTO_EX_DATA, idx: c_int, val: *mut c_void) -> c_int;
    fn CRYPTO_get_ex_data(ad: *const CRYPTO_EX_DATA, idx: c_int) -> *mut c_void;
    fn CRYPTO_get_ex_new_index(
        class: c_int,
        argl: c_long,
        argp: *mut c_void,
        new_func: *const c_void,
        dup_func: *const c_void,
        free_func: *const c_void,
    ) -> c_int;
}

reentrant! {
    fn CRYPTO_new_ex_data(class: c_int, obj: *mut c_void, ad: *mut CRYPTO_EX_DATA) -> c_int;
    fn CRYPTO_dup_ex_data(class: c_int, to: *mut CRYPTO_EX_DATA, from: *const CRYPTO_EX_DATA) -> c_int;
    fn CRYPTO_free_ex_data(class: c_int, obj: *mut c_void, ad: *mut CRYPTO_EX_DATA);
}

/// The `CRYPTO_EX_DATA` of one object. Its owner calls [`ExData::init`] once
/// the object has its final address, and [`ExData::release`] when it ends.
pub struct ExData {
    class: Class,
    data: UnsafeCell<CRYPTO_EX_DATA>,
}

impl ExData {
    /// Empty data for an object of `class`.
    pub fn new(class: Class) -> Self {
        Self { class, data: UnsafeCell::new(CRYPTO_EX_DATA { ctx: std::ptr::null_mut(), sk: std::ptr::null_mut() }) }
    }

    /// Runs the application's `new` callbacks; `owner` is the C pointer of the object.
    pub fn init<T>(&self, owner: *mut T) -> bool {
        // SAFETY: `data` lives as long as the object; libcrypto locks what it shares.
        unsafe { CRYPTO_new_ex_data(self.class as c_int, owner.cast(), self.data.get()) != 0 }
    }

    /// Runs the application's `free` callbacks and forgets all values.
    pub fn release<T>(&self, owner: *mut T) {
        // SAFETY: as in `init`; a second call finds an empty stack.
        unsafe { CRYPTO_free_ex_data(self.class as c_int, owner.cast(), self.data.get()) }
    }

    /// Copies `from`'s values through the application's `dup` callbacks.
    pub fn copy_from(&self, from: &Self) -> bool {
        // SAFETY: both live; libcrypto reads one and writes the other.
        unsafe { CRYPTO_dup_ex_data(self.class as c_int, self.data.get(), from.data.get()) != 0 }
    }

    /// Stores `value` at `index`.
    pub fn set(&self, index: c_int, value: *mut c_void) -> bool {
        // SAFETY: the pointer is opaque to us. As in OpenSSL, a program that
        // sets values of one object from two threads must lock.
        unsafe { CRYPTO_set_ex_data(self.data.get(), index, value) != 0 }
    }

    /// The value at `index`, NULL if none was set.
    pub fn get(&self, index: c_int) -> *mut c_void {
        // SAFETY: as in `set`.
        unsafe { CRYPTO_get_ex_data(self.data.get(), index) }
    }
}

/// A new index of `class` without callbacks; negative on failure.
pub fn new_index(class: Class) -> c_int {
    let none = std::ptr::null();
    // SAFETY: no callbacks, no arguments.
    unsafe { CRYPTO_get_ex_new_index(class as c_int, 0, std::ptr::null_mut(), none, none, none) }
}
