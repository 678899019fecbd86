//! Certificates and names.

use std::ptr::NonNull;

use libc::{c_char, c_int, c_long, c_uchar, c_ulong};

use super::evp::EvpPkey;
use super::library::Library;
pub use super::peer::PeerChain;
use super::stack::X509Stack;
pub use super::sys::X509 as X509_C;
use super::sys::{EVP_PKEY, OSSL_LIB_CTX, X509_NAME, stack_st_X509};
use crate::boundary::reentrant;

#[repr(C)]
struct X509_PUBKEY {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn X509_up_ref(x: *mut X509_C) -> c_int;
    fn X509_get_X509_PUBKEY(x: *const X509_C) -> *mut X509_PUBKEY;
    fn i2d_X509_PUBKEY(key: *const X509_PUBKEY, out: *mut *mut c_uchar) -> c_int;
    fn X509_get_subject_name(x: *const X509_C) -> *mut X509_NAME;
    fn X509_get_issuer_name(x: *const X509_C) -> *mut X509_NAME;
    fn X509_get_signature_nid(x: *const X509_C) -> c_int;
    fn X509_get_signature_info(
        x: *mut X509_C,
        md: *mut c_int,
        pkey: *mut c_int,
        security_bits: *mut c_int,
        flags: *mut u32,
    ) -> c_int;
    fn X509_NAME_dup(name: *const X509_NAME) -> *mut X509_NAME;
    fn X509_NAME_free(name: *mut X509_NAME);
    fn X509_NAME_cmp(a: *const X509_NAME, b: *const X509_NAME) -> c_int;
    fn d2i_X509_NAME(name: *mut *mut X509_NAME, data: *mut *const c_uchar, len: c_long) -> *mut X509_NAME;
    fn i2d_X509_NAME(name: *const X509_NAME, out: *mut *mut c_uchar) -> c_int;
    fn i2d_X509(x: *const X509_C, out: *mut *mut c_uchar) -> c_int;
}

reentrant! {
    fn X509_cmp(a: *const X509_C, b: *const X509_C) -> c_int;
    fn X509_get_extension_flags(x: *mut X509_C) -> u32;
    fn X509_get_key_usage(x: *mut X509_C) -> u32;
    fn X509_chain_check_suiteb(
        error_depth: *mut c_int,
        x: *mut X509_C,
        chain: *mut stack_st_X509,
        flags: c_ulong,
    ) -> c_int;
    fn X509_new_ex(ctx: *mut OSSL_LIB_CTX, props: *const c_char) -> *mut X509_C;
    fn X509_free(x: *mut X509_C);
    fn d2i_X509(x: *mut *mut X509_C, data: *mut *const c_uchar, len: c_long) -> *mut X509_C;
    fn X509_get0_pubkey(x: *const X509_C) -> *mut EVP_PKEY;
    fn X509_check_private_key(x: *const X509_C, key: *const EVP_PKEY) -> c_int;
}

const EXFLAG_SS: u32 = 0x2000;

/// What `i2d` gives, called once for the length and once for the bytes.
pub(super) fn encode(i2d: impl Fn(*mut *mut c_uchar) -> c_int) -> Vec<u8> {
    let len = i2d(std::ptr::null_mut());
    let Ok(len) = usize::try_from(len) else {
        return Vec::new();
    };
    let mut der = vec![0; len];
    let mut end = der.as_mut_ptr();
    i2d(&mut end);
    der
}

/// One reference to a certificate.
pub struct X509(NonNull<X509_C>);

// SAFETY: the count is atomic, and libcrypto locks what it caches in it.
unsafe impl Send for X509 {}
// SAFETY: as above.
unsafe impl Sync for X509 {}

impl X509 {
    /// Takes over one reference; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a certificate of which the caller gives up a reference.
    pub unsafe fn from_ptr(ptr: *mut X509_C) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// Adds a reference to a certificate of C's; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live certificate.
    pub unsafe fn share_ptr(ptr: *mut X509_C) -> Option<Self> {
        let this = NonNull::new(ptr)?;
        // SAFETY: alive.
        unsafe { X509_up_ref(ptr) };
        Some(Self(this))
    }

    /// The certificate that `der` begins with.
    pub fn from_der(der: &[u8], library: &Library) -> Option<Self> {
        Self::decode(der, library).map(|(x509, _)| x509)
    }

    /// Has `read` fill a new certificate, whose key and signature get their
    /// algorithms from `library`. `read` is given it as `d2i_*` functions want it.
    pub(super) fn fill(library: &Library, read: impl FnOnce(*mut *mut X509_C) -> *mut X509_C) -> Option<Self> {
        // SAFETY: the library is alive; the certificate is ours.
        let mut x = unsafe { X509_new_ex(library.context(), library.properties()) };
        if x.is_null() {
            return None;
        }
        if read(&mut x).is_null() {
            // SAFETY: what failed has freed it and said so, or left it to us.
            unsafe { X509_free(x) };
            return None;
        }
        // SAFETY: ours.
        unsafe { Self::from_ptr(x) }
    }

    /// The certificate that `der` begins with, and how many bytes it takes.
    pub(super) fn decode(der: &[u8], library: &Library) -> Option<(Self, usize)> {
        let len = c_long::try_from(der.len()).ok()?;
        let mut data = der.as_ptr();
        // SAFETY: `der` is readable for `len` bytes; `x` is a certificate to fill.
        let x509 = Self::fill(library, |x| unsafe { d2i_X509(x, &mut data, len) })?;
        Some((x509, data.addr() - der.as_ptr().addr()))
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut X509_C {
        self.0.as_ptr()
    }

    /// Hands this reference to C.
    pub fn into_ptr(self) -> *mut X509_C {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Its encoding.
    pub fn to_der(&self) -> Vec<u8> {
        // SAFETY: alive; `encode` gives NULL or enough room.
        encode(|out| unsafe { i2d_X509(self.as_ptr(), out) })
    }

    /// Its public key; `None` with an error on the queue when libcrypto can't
    /// make one of it.
    pub fn public_key(&self) -> Option<EvpPkey> {
        // SAFETY: the certificate keeps the key alive while we share it.
        unsafe { EvpPkey::share_ptr(X509_get0_pubkey(self.as_ptr())) }
    }

    /// Its `SubjectPublicKeyInfo`, encoded.
    pub fn public_key_info(&self) -> Vec<u8> {
        // SAFETY: alive; the info is a part of the certificate.
        encode(|out| unsafe { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(self.as_ptr()), out) })
    }

    /// Whether `key` is its private key; if not, the reason is on the queue.
    pub fn check_private_key(&self, key: &EvpPkey) -> bool {
        // SAFETY: both are alive.
        unsafe { X509_check_private_key(self.as_ptr(), key.as_ptr()) == 1 }
    }

    /// A copy of its subject.
    pub fn subject(&self) -> Option<Name> {
        // SAFETY: the name is a part of the certificate.
        unsafe { Name::copy_ptr(X509_get_subject_name(self.as_ptr())) }
    }

    /// Whether `name` issued it.
    pub fn is_issued_by(&self, name: &Name) -> bool {
        // SAFETY: the name is a part of the certificate.
        unsafe { X509_NAME_cmp(X509_get_issuer_name(self.as_ptr()), name.as_ptr()) == 0 }
    }

    /// Whether both have the same content.
    pub fn equals(&self, other: &Self) -> bool {
        // SAFETY: both are alive.
        unsafe { X509_cmp(self.as_ptr(), other.as_ptr()) == 0 }
    }

    /// Whether it is self-signed.
    pub fn is_self_signed(&self) -> bool {
        // SAFETY: alive.
        unsafe { X509_get_extension_flags(self.as_ptr()) & EXFLAG_SS != 0 }
    }

    /// What its key is for, by its key usage: all bits are set where it says nothing.
    pub fn key_usage(&self) -> u32 {
        // SAFETY: alive.
        unsafe { X509_get_key_usage(self.as_ptr()) }
    }

    /// The NID of its signature's algorithm.
    pub fn signature_nid(&self) -> c_int {
        // SAFETY: alive.
        unsafe { X509_get_signature_nid(self.as_ptr()) }
    }

    /// Whether keys and signatures of the certificate and its chain are of Suite B, at the level
    /// of `flags`.
    pub fn is_suite_b(&self, chain: Option<&X509Stack>, flags: u32) -> bool {
        const X509_V_OK: c_int = 0;
        let chain = chain.map_or(std::ptr::null_mut(), X509Stack::as_ptr);
        // SAFETY: the certificate and the stack, if there is one, are alive and only read; no
        // depth is asked for.
        unsafe { X509_chain_check_suiteb(std::ptr::null_mut(), self.as_ptr(), chain, flags.into()) == X509_V_OK }
    }

    /// The hash and key algorithm of its signature (NIDs), and the security of
    /// the signature in bits; -1 when not known.
    pub fn signature_info(&self) -> (c_int, c_int, c_int) {
        let (mut md, mut key, mut bits) = (0, 0, -1);
        // SAFETY: all the pointers are to locals.
        if unsafe { X509_get_signature_info(self.as_ptr(), &mut md, &mut key, &mut bits, std::ptr::null_mut()) } == 0 {
            bits = -1;
        }
        (md, key, bits)
    }
}

impl Clone for X509 {
    fn clone(&self) -> Self {
        // SAFETY: alive.
        unsafe { X509_up_ref(self.as_ptr()) };
        Self(self.0)
    }
}

impl Drop for X509 {
    fn drop(&mut self) {
        // SAFETY: gives up our reference.
        unsafe { X509_free(self.as_ptr()) };
    }
}

impl std::fmt::Debug for X509 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "X509({:p})", self.0)
    }
}

/// A distinguished name of our own.
pub struct Name(NonNull<X509_NAME>);

impl Name {
    /// Takes over a name; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a name that the caller gives up.
    pub unsafe fn from_ptr(ptr: *mut X509_NAME) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// A copy of a name of C's; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live name.
    pub unsafe fn copy_ptr(ptr: *const X509_NAME) -> Option<Self> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: alive; the copy is ours.
        NonNull::new(unsafe { X509_NAME_dup(ptr) }).map(Self)
    }

    /// The name with this encoding.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let len = c_long::try_from(der.len()).ok()?;
        let mut data = der.as_ptr();
        // SAFETY: `der` is readable for `len` bytes; the result is ours.
        NonNull::new(unsafe { d2i_X509_NAME(std::ptr::null_mut(), &mut data, len) }).map(Self)
    }

    /// The encoding of a name of C's.
    ///
    /// # Safety
    /// `ptr` is a live name.
    pub unsafe fn der_of(ptr: *const X509_NAME) -> Vec<u8> {
        // SAFETY: the caller's promise; `encode` gives NULL or enough room.
        encode(|out| unsafe { i2d_X509_NAME(ptr, out) })
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut X509_NAME {
        self.0.as_ptr()
    }

    /// Its encoding.
    pub fn to_der(&self) -> Vec<u8> {
        // SAFETY: alive.
        unsafe { Self::der_of(self.as_ptr()) }
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { X509_NAME_free(self.as_ptr()) };
    }
}
