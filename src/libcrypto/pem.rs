//! Certificates and keys from files and from DER.

use std::ffi::CStr;
use std::ptr::NonNull;

use libc::{c_char, c_int, c_long, c_uchar, c_void};

use super::err;
use super::evp::EvpPkey;
use super::library::Library;
use super::sys::{BIO, BIO_METHOD, CRYPTO_free, EVP_PKEY, OSSL_LIB_CTX, RSA, X509 as X509_C, pem_password_cb};
use super::x509::X509;
use crate::boundary::reentrant;

unsafe extern "C" {
    fn BIO_s_file() -> *const BIO_METHOD;
}

reentrant! {
    fn BIO_new(method: *const BIO_METHOD) -> *mut BIO;
    fn BIO_ctrl(bio: *mut BIO, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long;
    fn BIO_free(bio: *mut BIO) -> c_int;
    fn PEM_read_bio(
        bio: *mut BIO,
        name: *mut *mut c_char,
        header: *mut *mut c_char,
        data: *mut *mut c_uchar,
        len: *mut c_long,
    ) -> c_int;
    fn PEM_read_bio_X509(
        bio: *mut BIO,
        x: *mut *mut X509_C,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> *mut X509_C;
    fn PEM_read_bio_X509_AUX(
        bio: *mut BIO,
        x: *mut *mut X509_C,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> *mut X509_C;
    fn PEM_read_bio_PrivateKey_ex(
        bio: *mut BIO,
        key: *mut *mut EVP_PKEY,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> *mut EVP_PKEY;
    fn PEM_read_bio_RSAPrivateKey(
        bio: *mut BIO,
        rsa: *mut *mut RSA,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> *mut RSA;
    fn d2i_X509_bio(bio: *mut BIO, x: *mut *mut X509_C) -> *mut X509_C;
    fn d2i_PrivateKey_ex_bio(
        bio: *mut BIO,
        key: *mut *mut EVP_PKEY,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> *mut EVP_PKEY;
    fn d2i_RSAPrivateKey_bio(bio: *mut BIO, rsa: *mut *mut RSA) -> *mut RSA;
    fn d2i_RSAPrivateKey(rsa: *mut *mut RSA, data: *mut *const c_uchar, len: c_long) -> *mut RSA;
    fn d2i_PrivateKey_ex(
        kind: c_int,
        key: *mut *mut EVP_PKEY,
        data: *mut *const c_uchar,
        len: c_long,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> *mut EVP_PKEY;
    fn RSA_free(rsa: *mut RSA);
}

/// An `i2d_*` function of any type.
pub type Encode = unsafe extern "C" fn(*const c_void, *mut *mut c_uchar) -> c_int;
/// A `d2i_*` function of any type.
pub type Decode = unsafe extern "C" fn(*mut *mut c_void, *mut *const c_uchar, c_long) -> *mut c_void;

reentrant! {
    fn PEM_ASN1_read(
        d2i: Decode,
        name: *const c_char,
        file: *mut libc::FILE,
        x: *mut *mut c_void,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> *mut c_void;
    fn PEM_ASN1_read_bio(
        d2i: Decode,
        name: *const c_char,
        bio: *mut BIO,
        x: *mut *mut c_void,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> *mut c_void;
    fn PEM_ASN1_write(
        i2d: Encode,
        name: *const c_char,
        file: *mut libc::FILE,
        x: *const c_void,
        cipher: *const c_void,
        key: *const c_uchar,
        key_len: c_int,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> c_int;
    fn PEM_ASN1_write_bio(
        i2d: Encode,
        name: *const c_char,
        bio: *mut BIO,
        x: *const c_void,
        cipher: *const c_void,
        key: *const c_uchar,
        key_len: c_int,
        cb: Option<pem_password_cb>,
        arg: *mut c_void,
    ) -> c_int;
}

const BIO_C_SET_FILENAME: c_int = 108;
const BIO_CLOSE: c_long = 1;
const BIO_FP_READ: c_long = 2;
const ERR_LIB_PEM: c_int = 9;
const PEM_R_NO_START_LINE: c_int = 108;

/// Who is asked for the pass phrase of an encrypted file. Without a function
/// libcrypto asks on the terminal, or takes the argument for the phrase.
#[derive(Clone, Copy)]
pub struct Password {
    /// The program's function.
    pub callback: Option<pem_password_cb>,
    /// Its last argument.
    pub arg: *mut c_void,
}

impl Password {
    /// Nobody but the terminal.
    pub const NONE: Self = Self { callback: None, arg: std::ptr::null_mut() };
}

/// A file being read. A password callback of the program may run in each read.
pub struct File {
    bio: NonNull<BIO>,
    library: Library,
}

impl File {
    /// Opens `path`, to read objects that get their algorithms from `library`; on
    /// failure libcrypto's reason is on the queue.
    ///
    /// # Safety
    /// `path` is NULL or a C string.
    pub unsafe fn open(path: *const c_char, library: &Library) -> Option<Self> {
        // SAFETY: a new BIO that we own; libcrypto only reads `path`, and fails
        // on NULL as on any name that can't be opened.
        unsafe {
            let file = Self { bio: NonNull::new(BIO_new(BIO_s_file()))?, library: library.clone() };
            let opened =
                BIO_ctrl(file.as_ptr(), BIO_C_SET_FILENAME, BIO_CLOSE | BIO_FP_READ, path.cast_mut().cast()) > 0;
            opened.then_some(file)
        }
    }

    fn as_ptr(&self) -> *mut BIO {
        self.bio.as_ptr()
    }

    /// The next block in PEM: its name and its content.
    pub fn pem_block(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut name, mut header, mut data, mut len) =
            (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut(), 0);
        // SAFETY: alive; what is found is ours, a C string and `len` bytes.
        unsafe {
            if PEM_read_bio(self.as_ptr(), &mut name, &mut header, &mut data, &mut len) == 0 {
                return None;
            }
            let len = usize::try_from(len).unwrap_or(0);
            let content = if len == 0 { Vec::new() } else { std::slice::from_raw_parts(data, len).to_vec() };
            let block = (CStr::from_ptr(name).to_bytes().to_vec(), content);
            for part in [name.cast(), header.cast(), data.cast::<c_void>()] {
                CRYPTO_free(part, std::ptr::null(), 0);
            }
            Some(block)
        }
    }

    /// The next certificate in PEM.
    pub fn pem_x509(&self, password: Password) -> Option<X509> {
        // SAFETY: all are alive; `x` is a certificate to fill.
        X509::fill(&self.library, |x| unsafe { PEM_read_bio_X509(self.as_ptr(), x, password.callback, password.arg) })
    }

    /// The next certificate in PEM, trusted or not.
    pub fn pem_x509_aux(&self, password: Password) -> Option<X509> {
        // SAFETY: all are alive; `x` is a certificate to fill.
        X509::fill(&self.library, |x| unsafe {
            PEM_read_bio_X509_AUX(self.as_ptr(), x, password.callback, password.arg)
        })
    }

    /// A certificate in DER.
    pub fn der_x509(&self) -> Option<X509> {
        // SAFETY: all are alive; `x` is a certificate to fill.
        X509::fill(&self.library, |x| unsafe { d2i_X509_bio(self.as_ptr(), x) })
    }

    /// The next private key in PEM.
    pub fn pem_key(&self, password: Password) -> Option<EvpPkey> {
        // SAFETY: alive; the result is ours.
        unsafe {
            EvpPkey::from_ptr(PEM_read_bio_PrivateKey_ex(
                self.as_ptr(),
                std::ptr::null_mut(),
                password.callback,
                password.arg,
                self.library.context(),
                self.library.properties(),
            ))
        }
    }

    /// A private key in DER.
    pub fn der_key(&self) -> Option<EvpPkey> {
        // SAFETY: alive; the result is ours.
        unsafe {
            let (context, properties) = (self.library.context(), self.library.properties());
            EvpPkey::from_ptr(d2i_PrivateKey_ex_bio(self.as_ptr(), std::ptr::null_mut(), context, properties))
        }
    }

    /// The next RSA private key in PEM.
    pub fn pem_rsa(&self, password: Password) -> Option<EvpPkey> {
        // SAFETY: alive; the RSA is ours.
        unsafe {
            key_of_rsa(PEM_read_bio_RSAPrivateKey(self.as_ptr(), std::ptr::null_mut(), password.callback, password.arg))
        }
    }

    /// An RSA private key in DER.
    pub fn der_rsa(&self) -> Option<EvpPkey> {
        // SAFETY: alive; the RSA is ours.
        unsafe { key_of_rsa(d2i_RSAPrivateKey_bio(self.as_ptr(), std::ptr::null_mut())) }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { BIO_free(self.as_ptr()) };
    }
}

/// Whether the newest error only says that a PEM file has no further block.
pub fn is_end_of_file() -> bool {
    let last = err::peek_last();
    err::lib_of(last) == ERR_LIB_PEM && err::reason_of(last) == PEM_R_NO_START_LINE
}

/// The private key of type `kind` (`EVP_PKEY_*`) that `der` begins with.
pub fn der_key(kind: c_int, der: &[u8], library: &Library) -> Option<EvpPkey> {
    let len = c_long::try_from(der.len()).ok()?;
    let mut data = der.as_ptr();
    let new = std::ptr::null_mut();
    // SAFETY: `der` is readable for `len` bytes; the result is ours.
    unsafe { EvpPkey::from_ptr(d2i_PrivateKey_ex(kind, new, &mut data, len, library.context(), library.properties())) }
}

/// The RSA private key that `der` begins with.
pub fn der_rsa(der: &[u8]) -> Option<EvpPkey> {
    let len = c_long::try_from(der.len()).ok()?;
    let mut data = der.as_ptr();
    // SAFETY: `der` is readable for `len` bytes; the RSA is ours.
    unsafe { key_of_rsa(d2i_RSAPrivateKey(std::ptr::null_mut(), &mut data, len)) }
}

/// # Safety
/// `rsa` is NULL or an RSA that the caller gives up.
unsafe fn key_of_rsa(rsa: *mut RSA) -> Option<EvpPkey> {
    if rsa.is_null() {
        return None;
    }
    // SAFETY: the caller's promise; the key takes a reference of its own.
    unsafe {
        let key = EvpPkey::from_rsa(rsa);
        RSA_free(rsa);
        key
    }
}

/// Reads an object in PEM form under `name` from a file.
///
/// # Safety
/// `file` is open; `x` is as `decode` wants it; `cb` and `arg` fit together.
pub unsafe fn read_file(
    name: &CStr,
    decode: Decode,
    file: *mut libc::FILE,
    x: *mut *mut c_void,
    cb: Option<pem_password_cb>,
    arg: *mut c_void,
) -> *mut c_void {
    if file.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return std::ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    unsafe { PEM_ASN1_read(decode, name.as_ptr(), file, x, cb, arg) }
}

/// As [`read_file`], from a BIO.
///
/// # Safety
/// `bio` is NULL or alive; `x` is as `decode` wants it; `cb` and `arg` fit together.
pub unsafe fn read_bio(
    name: &CStr,
    decode: Decode,
    bio: *mut BIO,
    x: *mut *mut c_void,
    cb: Option<pem_password_cb>,
    arg: *mut c_void,
) -> *mut c_void {
    // SAFETY: the caller's promise; libcrypto checks for NULL.
    unsafe { PEM_ASN1_read_bio(decode, name.as_ptr(), bio, x, cb, arg) }
}

/// Writes an object in PEM form under `name` to a file.
///
/// # Safety
/// `file` is open; `x` is as `encode` wants it.
pub unsafe fn write_file(name: &CStr, encode: Encode, file: *mut libc::FILE, x: *const c_void) -> c_int {
    if file.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return 0;
    }
    let none = std::ptr::null();
    // SAFETY: the caller's promise; nothing is encrypted.
    unsafe { PEM_ASN1_write(encode, name.as_ptr(), file, x, none, none.cast(), 0, None, std::ptr::null_mut()) }
}

/// As [`write_file`], to a BIO.
///
/// # Safety
/// `bio` is NULL or alive; `x` is as `encode` wants it.
pub unsafe fn write_bio(name: &CStr, encode: Encode, bio: *mut BIO, x: *const c_void) -> c_int {
    let none = std::ptr::null();
    // SAFETY: the caller's promise; nothing is encrypted, and libcrypto checks for NULL.
    unsafe { PEM_ASN1_write_bio(encode, name.as_ptr(), bio, x, none, none.cast(), 0, None, std::ptr::null_mut()) }
}
