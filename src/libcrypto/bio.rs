//! BIOs: where a connection's bytes come from and go to.

use std::ptr::NonNull;

use libc::{c_int, c_long, c_void};

pub use super::sys::BIO;
use super::sys::BIO_METHOD;
use crate::boundary::reentrant;

unsafe extern "C" {
    fn BIO_up_ref(bio: *mut BIO) -> c_int;
    fn BIO_test_flags(bio: *const BIO, flags: c_int) -> c_int;
    fn BIO_set_flags(bio: *mut BIO, flags: c_int);
    fn BIO_clear_flags(bio: *mut BIO, flags: c_int);
    fn BIO_get_retry_reason(bio: *mut BIO) -> c_int;
    fn BIO_s_socket() -> *const BIO_METHOD;
    fn BIO_method_type(bio: *const BIO) -> c_int;
}

reentrant! {
    fn BIO_free_all(bio: *mut BIO);
    fn BIO_read(bio: *mut BIO, data: *mut c_void, len: c_int) -> c_int;
    fn BIO_write(bio: *mut BIO, data: *const c_void, len: c_int) -> c_int;
    fn BIO_ctrl(bio: *mut BIO, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long;
    fn BIO_new(method: *const BIO_METHOD) -> *mut BIO;
    fn BIO_int_ctrl(bio: *mut BIO, cmd: c_int, larg: c_long, iarg: c_int) -> c_long;
    fn BIO_new_fp(stream: *mut libc::FILE, close: c_int) -> *mut BIO;
    fn BIO_dump_indent(bio: *mut BIO, data: *const c_void, len: c_int, indent: c_int) -> c_int;
    fn BIO_find_type(bio: *mut BIO, kind: c_int) -> *mut BIO;
}

const BIO_CTRL_FLUSH: c_int = 11;
const BIO_CTRL_EOF: c_int = 2;
const BIO_C_SET_FD: c_int = 104;
const BIO_C_GET_FD: c_int = 105;
const BIO_NOCLOSE: c_long = 0;
const FLAGS_READ: c_int = 1;
const FLAGS_WRITE: c_int = 2;
const FLAGS_IO_SPECIAL: c_int = 4;
const FLAGS_SHOULD_RETRY: c_int = 8;
/// Number 5, a source and sink with a descriptor.
const BIO_TYPE_SOCKET: c_int = 5 | 0x400 | BIO_TYPE_DESCRIPTOR;
const BIO_TYPE_DESCRIPTOR: c_int = 0x100;
const BIO_RR_CONNECT: c_int = 2;
const BIO_RR_ACCEPT: c_int = 3;

/// Why a BIO could not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// Nothing to retry: the end or an error.
    None,
    /// Wait until it can be read.
    Read,
    /// Wait until it can be written.
    Write,
    /// Wait for a connect to finish.
    Connect,
    /// Wait for an accept.
    Accept,
    /// A special condition of another BIO.
    Other,
}

/// One reference to a BIO.
pub struct Bio(NonNull<BIO>);

impl Bio {
    /// Takes over one reference; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a BIO of which the caller gives up one reference.
    pub unsafe fn from_ptr(ptr: *mut BIO) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// Adds a reference of our own; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live BIO.
    pub unsafe fn share_ptr(ptr: *mut BIO) -> Option<Self> {
        let bio = NonNull::new(ptr)?;
        // SAFETY: alive.
        unsafe { BIO_up_ref(ptr) };
        Some(Self(bio))
    }

    /// A BIO over an open file that does not close it; `None` for NULL.
    ///
    /// # Safety
    /// `file` is NULL or an open file.
    pub unsafe fn file(file: *mut libc::FILE) -> Option<Self> {
        if file.is_null() {
            return None;
        }
        // SAFETY: open; the new BIO is ours.
        unsafe { Self::from_ptr(BIO_new_fp(file, BIO_NOCLOSE as c_int)) }
    }

    /// A socket BIO over `fd` that does not close it.
    pub fn socket(fd: c_int) -> Option<Self> {
        // SAFETY: creates a new BIO that we own; the ctrl takes the fd by value.
        unsafe {
            let bio = Self::from_ptr(BIO_new(BIO_s_socket()))?;
            BIO_int_ctrl(bio.as_ptr(), BIO_C_SET_FD, BIO_NOCLOSE, fd);
            Some(bio)
        }
    }

    /// The raw pointer; the count does not change.
    pub fn as_ptr(&self) -> *mut BIO {
        self.0.as_ptr()
    }

    /// Reads up to `buf.len()` bytes: the count, or BIO_read's 0 or negative answer.
    pub fn read(&self, buf: &mut [u8]) -> c_int {
        let len = c_int::try_from(buf.len()).unwrap_or(c_int::MAX);
        // SAFETY: `buf` is writable for `len` bytes.
        unsafe { BIO_read(self.as_ptr(), buf.as_mut_ptr().cast(), len) }
    }

    /// Reads up to `room` bytes behind those that `buf` has; answers as [`Bio::read`].
    pub fn append(&self, buf: &mut Vec<u8>, room: usize) -> c_int {
        buf.reserve_exact(room);
        let len = c_int::try_from(room).unwrap_or(c_int::MAX);
        let spare = buf.spare_capacity_mut().as_mut_ptr();
        // SAFETY: there is room for `len` bytes, and BIO_read fills as many as it says.
        unsafe {
            let answer = BIO_read(self.as_ptr(), spare.cast(), len);
            buf.set_len(buf.len() + usize::try_from(answer.min(len)).unwrap_or(0));
            answer
        }
    }

    /// Writes up to `buf.len()` bytes: the count, or BIO_write's 0 or negative answer.
    pub fn write(&self, buf: &[u8]) -> c_int {
        let len = c_int::try_from(buf.len()).unwrap_or(c_int::MAX);
        // SAFETY: `buf` is readable for `len` bytes.
        unsafe { BIO_write(self.as_ptr(), buf.as_ptr().cast(), len) }
    }

    /// Writes all of `data`.
    pub fn write_all(&self, data: &[u8]) -> bool {
        data.is_empty() || usize::try_from(self.write(data)) == Ok(data.len())
    }

    /// Writes a hexadecimal dump of `data`, each line behind `indent` blanks.
    pub fn dump(&self, data: &[u8], indent: c_int) -> bool {
        let len = c_int::try_from(data.len()).unwrap_or(c_int::MAX);
        // SAFETY: `data` is readable for `len` bytes.
        unsafe { BIO_dump_indent(self.as_ptr(), data.as_ptr().cast(), len, indent) > 0 }
    }

    /// BIO_flush.
    pub fn flush(&self) -> c_long {
        // SAFETY: FLUSH takes no argument.
        unsafe { BIO_ctrl(self.as_ptr(), BIO_CTRL_FLUSH, 0, std::ptr::null_mut()) }
    }

    /// BIO_eof.
    pub fn eof(&self) -> bool {
        // SAFETY: EOF takes no argument.
        unsafe { BIO_ctrl(self.as_ptr(), BIO_CTRL_EOF, 0, std::ptr::null_mut()) != 0 }
    }

    /// Why the last call did not finish.
    pub fn retry(&self) -> Retry {
        // SAFETY: reads flags.
        unsafe {
            if BIO_test_flags(self.as_ptr(), FLAGS_SHOULD_RETRY) == 0 {
                return Retry::None;
            }
            let flags = BIO_test_flags(self.as_ptr(), FLAGS_READ | FLAGS_WRITE | FLAGS_IO_SPECIAL);
            if flags & FLAGS_READ != 0 {
                Retry::Read
            } else if flags & FLAGS_WRITE != 0 {
                Retry::Write
            } else {
                match BIO_get_retry_reason(self.as_ptr()) {
                    BIO_RR_CONNECT => Retry::Connect,
                    BIO_RR_ACCEPT => Retry::Accept,
                    _ => Retry::Other,
                }
            }
        }
    }

    /// Makes a call look as if it waited for data.
    pub fn set_retry_read(&self) {
        self.clear_retry();
        // SAFETY: sets flags.
        unsafe { BIO_set_flags(self.as_ptr(), FLAGS_READ | FLAGS_SHOULD_RETRY) }
    }

    /// Forgets an earlier retry condition.
    pub fn clear_retry(&self) {
        // SAFETY: clears flags.
        unsafe {
            BIO_clear_flags(self.as_ptr(), FLAGS_READ | FLAGS_WRITE | FLAGS_IO_SPECIAL | FLAGS_SHOULD_RETRY);
        }
    }

    /// The file descriptor of the first descriptor BIO in the chain, or -1.
    pub fn fd(&self) -> c_int {
        // SAFETY: find_type borrows; GET_FD without pointer returns the fd.
        unsafe {
            let found = BIO_find_type(self.as_ptr(), BIO_TYPE_DESCRIPTOR);
            if found.is_null() {
                return -1;
            }
            BIO_ctrl(found, BIO_C_GET_FD, 0, std::ptr::null_mut()) as c_int
        }
    }

    /// Whether it is a socket BIO.
    pub fn is_socket(&self) -> bool {
        // SAFETY: reads the method.
        unsafe { BIO_method_type(self.as_ptr()) == BIO_TYPE_SOCKET }
    }
}

impl Clone for Bio {
    fn clone(&self) -> Self {
        // SAFETY: alive.
        unsafe { BIO_up_ref(self.as_ptr()) };
        Self(self.0)
    }
}

impl Drop for Bio {
    fn drop(&mut self) {
        // SAFETY: gives up our reference to the head of the chain, as SSL_free does.
        unsafe { BIO_free_all(self.as_ptr()) };
    }
}
