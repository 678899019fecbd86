//! Keys, and signatures with them.

use std::ffi::CStr;
use std::ptr::NonNull;

use crate::boundary::reentrant;
use libc::{c_char, c_int, c_long, c_void};

use super::err;
use super::library::Library;
use super::sys::{ENGINE, EVP_MD, EVP_MD_CTX, EVP_PKEY, EVP_PKEY_CTX, OSSL_LIB_CTX, RSA};

unsafe extern "C" {
    fn EVP_sha256() -> *const EVP_MD;
    fn EVP_sha384() -> *const EVP_MD;
    fn EVP_PKEY_up_ref(key: *mut EVP_PKEY) -> c_int;
    fn EVP_PKEY_get0_provider(key: *const EVP_PKEY) -> *const c_void;
    fn EVP_PKEY_get0_engine(key: *const EVP_PKEY) -> *mut ENGINE;
    fn RSA_get_method(rsa: *const RSA) -> *const c_void;
    fn RSA_PKCS1_OpenSSL() -> *const c_void;
    fn EC_KEY_get_method(key: *const c_void) -> *const c_void;
    fn EC_KEY_OpenSSL() -> *const c_void;
    fn EVP_MD_CTX_new() -> *mut EVP_MD_CTX;
    fn EVP_PKEY_is_a(key: *const EVP_PKEY, name: *const c_char) -> c_int;
}

/// The digest of that NID, one of libcrypto's statics; NULL for others than TLS 1.3's.
pub fn handshake_digest(nid: c_int) -> *const EVP_MD {
    const SHA256: c_int = 672;
    const SHA384: c_int = 673;
    match nid {
        // SAFETY: both take nothing and answer a static.
        SHA256 => unsafe { EVP_sha256() },
        // SAFETY: as above.
        SHA384 => unsafe { EVP_sha384() },
        _ => std::ptr::null(),
    }
}

reentrant! {
    fn EVP_PKEY_new() -> *mut EVP_PKEY;
    fn EVP_PKEY_get_bits(key: *const EVP_PKEY) -> c_int;
    fn EVP_PKEY_get_security_bits(key: *const EVP_PKEY) -> c_int;
    fn d2i_PUBKEY(key: *mut *mut EVP_PKEY, der: *mut *const u8, len: c_long) -> *mut EVP_PKEY;
    fn EVP_PKEY_free(key: *mut EVP_PKEY);
    fn EVP_PKEY_set1_RSA(key: *mut EVP_PKEY, rsa: *mut RSA) -> c_int;
    fn EVP_PKEY_can_sign(key: *const EVP_PKEY) -> c_int;
    fn EVP_PKEY_eq(a: *const EVP_PKEY, b: *const EVP_PKEY) -> c_int;
    fn EVP_PKEY_missing_parameters(key: *const EVP_PKEY) -> c_int;
    fn EVP_PKEY_copy_parameters(to: *mut EVP_PKEY, from: *const EVP_PKEY) -> c_int;
    fn EVP_PKEY_get_group_name(key: *const EVP_PKEY, name: *mut c_char, size: usize, len: *mut usize) -> c_int;
    fn EVP_PKEY_get0_RSA(key: *const EVP_PKEY) -> *const RSA;
    fn EVP_PKEY_get0_EC_KEY(key: *const EVP_PKEY) -> *const c_void;
    fn EVP_MD_CTX_free(ctx: *mut EVP_MD_CTX);
    fn EVP_DigestSignInit_ex(
        ctx: *mut EVP_MD_CTX,
        key_ctx: *mut *mut EVP_PKEY_CTX,
        md: *const c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
        key: *mut EVP_PKEY,
        params: *const c_void,
    ) -> c_int;
    fn EVP_DigestSign(ctx: *mut EVP_MD_CTX, sig: *mut u8, len: *mut usize, data: *const u8, data_len: usize) -> c_int;
    fn EVP_DigestVerifyInit_ex(
        ctx: *mut EVP_MD_CTX,
        key_ctx: *mut *mut EVP_PKEY_CTX,
        md: *const c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
        key: *mut EVP_PKEY,
        params: *const c_void,
    ) -> c_int;
    fn EVP_DigestVerify(ctx: *mut EVP_MD_CTX, sig: *const u8, len: usize, data: *const u8, data_len: usize) -> c_int;
    fn EVP_PKEY_CTX_set_rsa_padding(ctx: *mut EVP_PKEY_CTX, padding: c_int) -> c_int;
    fn EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx: *mut EVP_PKEY_CTX, len: c_int) -> c_int;
}

const RSA_PKCS1_PSS_PADDING: c_int = 6;
const RSA_PSS_SALTLEN_DIGEST: c_int = -1;

/// The kinds of keys that OpenSSL keeps one certificate of each, in its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// rsaEncryption
    Rsa,
    /// id-RSASSA-PSS
    RsaPss,
    /// DSA: held, but no suite that is left uses it.
    Dsa,
    /// ECDSA
    Ec,
    /// Ed25519
    Ed25519,
    /// Ed448
    Ed448,
}

impl KeyKind {
    /// All of them, in the order of OpenSSL's slots.
    pub const ALL: [Self; 6] = [Self::Rsa, Self::RsaPss, Self::Dsa, Self::Ec, Self::Ed25519, Self::Ed448];

    fn name(self) -> &'static CStr {
        match self {
            Self::Rsa => c"RSA",
            Self::RsaPss => c"RSA-PSS",
            Self::Dsa => c"DSA",
            Self::Ec => c"EC",
            Self::Ed25519 => c"ED25519",
            Self::Ed448 => c"ED448",
        }
    }
}

/// How a handshake signature is made: the hash, and whether RSA pads with PSS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Algorithm {
    /// libcrypto's name of the hash; `None` where the key brings its own.
    pub digest: Option<&'static CStr>,
    /// RSASSA-PSS with a salt as long as the hash.
    pub pss: bool,
}

/// One reference to a key.
pub struct EvpPkey(NonNull<EVP_PKEY>);

// SAFETY: the count is atomic, and libcrypto locks what it caches in a key.
unsafe impl Send for EvpPkey {}
// SAFETY: as above.
unsafe impl Sync for EvpPkey {}

impl EvpPkey {
    /// Takes over one reference; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a key of which the caller gives up a reference.
    pub unsafe fn from_ptr(ptr: *mut EVP_PKEY) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// Adds a reference to a key of C's; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live key.
    pub unsafe fn share_ptr(ptr: *mut EVP_PKEY) -> Option<Self> {
        let this = NonNull::new(ptr)?;
        // SAFETY: alive.
        unsafe { EVP_PKEY_up_ref(ptr) };
        Some(Self(this))
    }

    /// A key that shares C's RSA structure.
    ///
    /// # Safety
    /// `rsa` is a live RSA.
    pub unsafe fn from_rsa(rsa: *mut RSA) -> Option<Self> {
        // SAFETY: a new key of ours; set1 adds a reference to `rsa`.
        unsafe {
            let key = Self::from_ptr(EVP_PKEY_new())?;
            (EVP_PKEY_set1_RSA(key.as_ptr(), rsa) > 0).then_some(key)
        }
    }

    /// A public key from its form in a TLS key exchange; `None` when it is
    /// damaged or libcrypto does not know the group.
    pub fn from_share(group: u16, public: &[u8]) -> Option<Self> {
        // SubjectPublicKeyInfo up to the public value, and the value's length.
        let (header, len): (&[u8], usize) = match group {
            23 => (b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 65),
            24 => (b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00", 97),
            25 => (b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00", 133),
            29 => (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00", 32),
            _ => return None,
        };
        if public.len() != len {
            return None;
        }
        let der = [header, public].concat();
        let mut start = der.as_ptr();
        // SAFETY: reads `der` and makes a key of ours.
        unsafe { Self::from_ptr(d2i_PUBKEY(std::ptr::null_mut(), &mut start, der.len() as c_long)) }
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut EVP_PKEY {
        self.0.as_ptr()
    }

    /// Hands this reference to C.
    pub fn into_ptr(self) -> *mut EVP_PKEY {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Which kind of key it is; `None` for one that TLS has no use for.
    pub fn kind(&self) -> Option<KeyKind> {
        // SAFETY: alive; the names are C strings.
        KeyKind::ALL.into_iter().find(|kind| unsafe { EVP_PKEY_is_a(self.as_ptr(), kind.name().as_ptr()) == 1 })
    }

    /// Whether its algorithm makes signatures at all.
    pub fn can_sign(&self) -> bool {
        // SAFETY: alive.
        unsafe { EVP_PKEY_can_sign(self.as_ptr()) == 1 }
    }

    /// Whether the public halves are the same.
    pub fn equals(&self, other: &Self) -> bool {
        // SAFETY: both are alive.
        unsafe { EVP_PKEY_eq(self.as_ptr(), other.as_ptr()) == 1 }
    }

    /// Whether its domain parameters are missing.
    pub fn is_missing_parameters(&self) -> bool {
        // SAFETY: alive.
        unsafe { EVP_PKEY_missing_parameters(self.as_ptr()) != 0 }
    }

    /// Copies domain parameters from another key.
    pub fn copy_parameters(&self, from: &Self) -> bool {
        // SAFETY: both are alive; libcrypto changes ours as OpenSSL's libssl
        // lets it.
        unsafe { EVP_PKEY_copy_parameters(self.as_ptr(), from.as_ptr()) != 0 }
    }

    /// Its size in bits.
    pub fn bits(&self) -> c_int {
        // SAFETY: alive.
        unsafe { EVP_PKEY_get_bits(self.as_ptr()) }
    }

    /// How hard it is to break, in bits; negative when not known.
    pub fn security_bits(&self) -> c_int {
        // SAFETY: alive.
        unsafe { EVP_PKEY_get_security_bits(self.as_ptr()) }
    }

    /// The name of its curve, as libcrypto spells it.
    pub fn group_name(&self) -> Option<String> {
        let mut name = [0u8; 64];
        let mut len = 0;
        // SAFETY: writes at most the size it is told.
        let found = unsafe { EVP_PKEY_get_group_name(self.as_ptr(), name.as_mut_ptr().cast(), name.len(), &mut len) };
        (found > 0).then(|| String::from_utf8_lossy(&name[..len.min(name.len())]).into_owned())
    }

    /// Whether an engine, or a program's own `RSA_METHOD` or `EC_KEY_METHOD`,
    /// does its operations: they must go there even if the key could be had.
    pub fn has_own_method(&self) -> bool {
        // SAFETY: alive. A key without provider is one of the old structures,
        // which are only looked at.
        unsafe {
            if !EVP_PKEY_get0_provider(self.as_ptr()).is_null() {
                return false;
            }
            let foreign = match self.kind() {
                Some(KeyKind::Rsa | KeyKind::RsaPss) => {
                    let rsa = EVP_PKEY_get0_RSA(self.as_ptr());
                    !rsa.is_null() && RSA_get_method(rsa) != RSA_PKCS1_OpenSSL()
                }
                Some(KeyKind::Ec) => {
                    let ec = EVP_PKEY_get0_EC_KEY(self.as_ptr());
                    !ec.is_null() && EC_KEY_get_method(ec) != EC_KEY_OpenSSL()
                }
                _ => false,
            };
            foreign || !EVP_PKEY_get0_engine(self.as_ptr()).is_null()
        }
    }

    /// Signs `message`; on failure libcrypto's reason is on the queue.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8], library: &Library) -> Option<Vec<u8>> {
        let ctx = MdCtx::new()?;
        let mut key_ctx = std::ptr::null_mut();
        // SAFETY: all are alive; `key_ctx` belongs to `ctx`.
        unsafe {
            let (md, key, none) = (digest(algorithm), self.as_ptr(), std::ptr::null());
            let (context, properties) = (library.context(), library.properties());
            if EVP_DigestSignInit_ex(ctx.as_ptr(), &mut key_ctx, md, context, properties, key, none) <= 0
                || !set_padding(key_ctx, algorithm)
            {
                return None;
            }
        }
        let mut len = 0;
        let (data, data_len) = (message.as_ptr(), message.len());
        // SAFETY: without a buffer it gives the length.
        if unsafe { EVP_DigestSign(ctx.as_ptr(), std::ptr::null_mut(), &mut len, data, data_len) } <= 0 {
            return None;
        }
        let mut signature = vec![0; len];
        // SAFETY: `signature` has room for `len` bytes.
        if unsafe { EVP_DigestSign(ctx.as_ptr(), signature.as_mut_ptr(), &mut len, data, data_len) } <= 0 {
            return None;
        }
        signature.truncate(len);
        Some(signature)
    }

    /// Whether `signature` is this key's on `message`. Leaves nothing on the
    /// error queue.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8], library: &Library) -> bool {
        err::set_mark();
        let valid = self.try_verify(algorithm, message, signature, library).unwrap_or(false);
        err::pop_to_mark();
        valid
    }

    fn try_verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8], library: &Library) -> Option<bool> {
        let ctx = MdCtx::new()?;
        let mut key_ctx = std::ptr::null_mut();
        // SAFETY: all are alive; `key_ctx` belongs to `ctx`.
        unsafe {
            let (md, key, none) = (digest(algorithm), self.as_ptr(), std::ptr::null());
            let (context, properties) = (library.context(), library.properties());
            if EVP_DigestVerifyInit_ex(ctx.as_ptr(), &mut key_ctx, md, context, properties, key, none) <= 0
                || !set_padding(key_ctx, algorithm)
            {
                return None;
            }
            let (data, data_len) = (message.as_ptr(), message.len());
            Some(EVP_DigestVerify(ctx.as_ptr(), signature.as_ptr(), signature.len(), data, data_len) == 1)
        }
    }
}

/// What decides what a key is good for.
pub trait KeyFacts {
    /// Which kind of key it is; `None` for one that TLS has no use for.
    fn kind(&self) -> Option<KeyKind>;
    /// Its size in bits.
    fn bits(&self) -> c_int;
    /// The name of its curve, as libcrypto spells it.
    fn group_name(&self) -> Option<String>;
}

impl KeyFacts for EvpPkey {
    fn kind(&self) -> Option<KeyKind> {
        self.kind()
    }

    fn bits(&self) -> c_int {
        self.bits()
    }

    fn group_name(&self) -> Option<String> {
        self.group_name()
    }
}

/// A peer's public key. Other connections may share it: no way leads from it to an object that
/// a program could be given.
pub struct PublicKey(EvpPkey);

impl PublicKey {
    pub(super) fn new(key: EvpPkey) -> Self {
        Self(key)
    }

    /// As [`EvpPkey::verify`].
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8], library: &Library) -> bool {
        self.0.verify(algorithm, message, signature, library)
    }
}

impl KeyFacts for PublicKey {
    fn kind(&self) -> Option<KeyKind> {
        self.0.kind()
    }

    fn bits(&self) -> c_int {
        self.0.bits()
    }

    fn group_name(&self) -> Option<String> {
        self.0.group_name()
    }
}

/// The hash of `algorithm`; NULL where the key brings its own.
fn digest(algorithm: Algorithm) -> *const c_char {
    algorithm.digest.map_or(std::ptr::null(), CStr::as_ptr)
}

/// # Safety
/// `ctx` is the live context of a signature that was begun.
unsafe fn set_padding(ctx: *mut EVP_PKEY_CTX, algorithm: Algorithm) -> bool {
    // SAFETY: the caller's promise.
    !algorithm.pss
        || unsafe {
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0
        }
}

impl Clone for EvpPkey {
    fn clone(&self) -> Self {
        // SAFETY: alive.
        unsafe { EVP_PKEY_up_ref(self.as_ptr()) };
        Self(self.0)
    }
}

impl Drop for EvpPkey {
    fn drop(&mut self) {
        // SAFETY: gives up our reference.
        unsafe { EVP_PKEY_free(self.as_ptr()) };
    }
}

impl std::fmt::Debug for EvpPkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EvpPkey({:?})", self.kind())
    }
}

struct MdCtx(NonNull<EVP_MD_CTX>);

impl MdCtx {
    fn new() -> Option<Self> {
        // SAFETY: a new context that we own.
        NonNull::new(unsafe { EVP_MD_CTX_new() }).map(Self)
    }

    fn as_ptr(&self) -> *mut EVP_MD_CTX {
        self.0.as_ptr()
    }
}

impl Drop for MdCtx {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { EVP_MD_CTX_free(self.as_ptr()) };
    }
}
