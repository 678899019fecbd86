//! Trust stores, verification parameters, and verification itself.

use std::ffi::CStr;
use std::ptr::NonNull;
use std::sync::Arc;

use libc::{c_char, c_int, c_uint, c_void};
use once_cell::sync::Lazy;

use super::dane::Dane;
use super::err;
use super::library::Library;
use super::peer::{Link, PeerChain, UnseenStack, VerifiedChain};
use super::stack::X509Stack;
use super::sys::{
    CRYPTO_free, OPENSSL_sk_num, OSSL_LIB_CTX, X509 as X509_C, X509_STORE, X509_STORE_CTX, X509_VERIFY_PARAM, stack_st,
    stack_st_X509,
};
use super::x509::X509;
use crate::boundary::reentrant;

#[repr(C)]
struct X509_LOOKUP {
    _opaque: [u8; 0],
}
#[repr(C)]
struct X509_LOOKUP_METHOD {
    _opaque: [u8; 0],
}
#[repr(C)]
struct OSSL_STORE_CTX {
    _opaque: [u8; 0],
}
#[repr(C)]
struct OSSL_STORE_INFO {
    _opaque: [u8; 0],
}

/// The beginning of libcrypto's public `X509_PURPOSE`.
#[repr(C)]
struct X509_PURPOSE {
    purpose: c_int,
    trust: c_int,
    flags: c_int,
}

/// A program's verify callback: (ok so far, the verification) → go on?
pub type VerifyCallback = unsafe extern "C" fn(c_int, *mut X509_STORE_CTX) -> c_int;

/// A function that a program has put into a store; it is only asked whether there is one.
type StoreFunction = Option<unsafe extern "C" fn()>;

unsafe extern "C" {
    fn X509_STORE_up_ref(store: *mut X509_STORE) -> c_int;
    fn X509_STORE_lock(store: *mut X509_STORE) -> c_int;
    fn X509_STORE_unlock(store: *mut X509_STORE) -> c_int;
    fn X509_STORE_get_verify(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_verify_cb(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_get_issuer(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_check_issued(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_check_revocation(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_get_crl(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_check_crl(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_cert_crl(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_check_policy(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_lookup_certs(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_lookup_crls(store: *const X509_STORE) -> StoreFunction;
    fn X509_STORE_get_cleanup(store: *const X509_STORE) -> StoreFunction;
    fn X509_PURPOSE_get_count() -> c_int;
    fn X509_PURPOSE_get0(index: c_int) -> *const X509_PURPOSE;
    fn X509_STORE_get0_objects(store: *const X509_STORE) -> *mut stack_st;
    fn X509_LOOKUP_hash_dir() -> *const X509_LOOKUP_METHOD;
    fn X509_LOOKUP_file() -> *const X509_LOOKUP_METHOD;
    fn X509_LOOKUP_store() -> *const X509_LOOKUP_METHOD;

    fn X509_VERIFY_PARAM_new() -> *mut X509_VERIFY_PARAM;
    fn X509_VERIFY_PARAM_free(param: *mut X509_VERIFY_PARAM);
    fn X509_VERIFY_PARAM_inherit(to: *mut X509_VERIFY_PARAM, from: *const X509_VERIFY_PARAM) -> c_int;
    fn X509_VERIFY_PARAM_set1(to: *mut X509_VERIFY_PARAM, from: *const X509_VERIFY_PARAM) -> c_int;
    fn X509_VERIFY_PARAM_get_flags(param: *const X509_VERIFY_PARAM) -> libc::c_ulong;
    fn X509_VERIFY_PARAM_set_purpose(param: *mut X509_VERIFY_PARAM, purpose: c_int) -> c_int;
    fn X509_VERIFY_PARAM_set_trust(param: *mut X509_VERIFY_PARAM, trust: c_int) -> c_int;
    fn X509_VERIFY_PARAM_set_depth(param: *mut X509_VERIFY_PARAM, depth: c_int);
    fn X509_VERIFY_PARAM_get_depth(param: *const X509_VERIFY_PARAM) -> c_int;
    fn X509_VERIFY_PARAM_set_auth_level(param: *mut X509_VERIFY_PARAM, level: c_int);
    fn X509_VERIFY_PARAM_set1_host(param: *mut X509_VERIFY_PARAM, name: *const c_char, len: usize) -> c_int;
    fn X509_VERIFY_PARAM_add1_host(param: *mut X509_VERIFY_PARAM, name: *const c_char, len: usize) -> c_int;
    fn X509_VERIFY_PARAM_set1_ip_asc(param: *mut X509_VERIFY_PARAM, ip: *const c_char) -> c_int;
    fn X509_VERIFY_PARAM_get1_ip_asc(param: *mut X509_VERIFY_PARAM) -> *mut c_char;
    fn X509_VERIFY_PARAM_set_hostflags(param: *mut X509_VERIFY_PARAM, flags: c_uint);
    fn X509_VERIFY_PARAM_get0_peername(param: *const X509_VERIFY_PARAM) -> *mut c_char;
    fn X509_VERIFY_PARAM_move_peername(to: *mut X509_VERIFY_PARAM, from: *mut X509_VERIFY_PARAM);
    fn X509_STORE_CTX_set_cert(ctx: *mut X509_STORE_CTX, x: *mut X509_C);
    fn X509_STORE_CTX_set_current_cert(ctx: *mut X509_STORE_CTX, x: *mut X509_C);
    fn X509_STORE_CTX_set0_untrusted(ctx: *mut X509_STORE_CTX, untrusted: *mut stack_st_X509);
    fn X509_STORE_CTX_set0_dane(ctx: *mut X509_STORE_CTX, dane: *mut c_void);
    fn X509_STORE_CTX_get0_param(ctx: *const X509_STORE_CTX) -> *mut X509_VERIFY_PARAM;
    fn X509_STORE_CTX_set_flags(ctx: *mut X509_STORE_CTX, flags: libc::c_ulong);
    fn X509_STORE_CTX_set_default(ctx: *mut X509_STORE_CTX, name: *const c_char) -> c_int;
    fn X509_STORE_CTX_set_verify_cb(ctx: *mut X509_STORE_CTX, callback: VerifyCallback);
    fn X509_STORE_CTX_set_ex_data(ctx: *mut X509_STORE_CTX, index: c_int, data: *mut c_void) -> c_int;
    fn X509_STORE_CTX_get_error(ctx: *const X509_STORE_CTX) -> c_int;
    fn X509_STORE_CTX_get1_chain(ctx: *const X509_STORE_CTX) -> *mut stack_st_X509;
    fn OSSL_STORE_error(ctx: *mut OSSL_STORE_CTX) -> c_int;
    fn OSSL_STORE_INFO_get_type(info: *const OSSL_STORE_INFO) -> c_int;
    fn OSSL_STORE_INFO_get0_NAME(info: *const OSSL_STORE_INFO) -> *const c_char;
    fn OSSL_STORE_INFO_get0_CERT(info: *const OSSL_STORE_INFO) -> *mut X509_C;
    fn X509_verify_cert_error_string(error: libc::c_long) -> *const c_char;
    fn CRYPTO_get_ex_new_index(
        class: c_int,
        argl: libc::c_long,
        argp: *mut c_void,
        new_func: *const c_void,
        dup_func: *const c_void,
        free_func: *const c_void,
    ) -> c_int;
}

reentrant! {
    fn X509_STORE_new() -> *mut X509_STORE;
    fn X509_STORE_free(store: *mut X509_STORE);
    fn X509_STORE_add_cert(store: *mut X509_STORE, x: *mut X509_C) -> c_int;
    fn X509_STORE_load_file_ex(
        store: *mut X509_STORE,
        file: *const c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> c_int;
    fn X509_STORE_load_path(store: *mut X509_STORE, path: *const c_char) -> c_int;
    fn X509_STORE_load_store_ex(
        store: *mut X509_STORE,
        uri: *const c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> c_int;
    fn X509_STORE_set_default_paths_ex(
        store: *mut X509_STORE,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> c_int;
    fn X509_STORE_add_lookup(store: *mut X509_STORE, method: *const X509_LOOKUP_METHOD) -> *mut X509_LOOKUP;
    fn X509_LOOKUP_ctrl(
        lookup: *mut X509_LOOKUP,
        cmd: c_int,
        arg: *const c_char,
        kind: libc::c_long,
        ret: *mut *mut c_char,
    ) -> c_int;

    fn X509_STORE_CTX_new_ex(libctx: *mut OSSL_LIB_CTX, propq: *const c_char) -> *mut X509_STORE_CTX;
    fn X509_STORE_CTX_free(ctx: *mut X509_STORE_CTX);
    fn X509_STORE_CTX_init(
        ctx: *mut X509_STORE_CTX,
        store: *mut X509_STORE,
        x: *mut X509_C,
        untrusted: *mut stack_st_X509,
    ) -> c_int;
    fn X509_STORE_CTX_set0_verified_chain(ctx: *mut X509_STORE_CTX, chain: *mut stack_st_X509);
    fn X509_verify_cert(ctx: *mut X509_STORE_CTX) -> c_int;
    fn OSSL_STORE_open(
        uri: *const c_char,
        ui_method: *const c_void,
        ui_data: *mut c_void,
        post_process: *const c_void,
        post_process_data: *mut c_void,
    ) -> *mut OSSL_STORE_CTX;
    fn OSSL_STORE_eof(ctx: *mut OSSL_STORE_CTX) -> c_int;
    fn OSSL_STORE_load(ctx: *mut OSSL_STORE_CTX) -> *mut OSSL_STORE_INFO;
    fn OSSL_STORE_close(ctx: *mut OSSL_STORE_CTX) -> c_int;
    fn OSSL_STORE_INFO_free(info: *mut OSSL_STORE_INFO);
}

const X509_L_FILE_LOAD: c_int = 1;
const X509_L_ADD_DIR: c_int = 2;
const X509_L_ADD_STORE: c_int = 3;
const X509_FILETYPE_DEFAULT: libc::c_long = 3;
const CRYPTO_EX_INDEX_X509_STORE_CTX: c_int = 5;

/// One of libcrypto's default places of trusted certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultTrust {
    /// The hashed directory.
    Dir,
    /// The file.
    File,
    /// The OSSL_STORE URI.
    Store,
}

/// One reference to an `X509_STORE`.
pub struct X509Store(NonNull<X509_STORE>);

// SAFETY: the count is atomic and the store has a lock of its own.
unsafe impl Send for X509Store {}
// SAFETY: as above.
unsafe impl Sync for X509Store {}

impl X509Store {
    /// An empty store; `None` when memory runs out.
    pub fn new() -> Option<Self> {
        // SAFETY: a new store that we own.
        NonNull::new(unsafe { X509_STORE_new() }).map(Self)
    }

    /// Takes over one reference; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a store of which the caller gives up a reference.
    pub unsafe fn from_ptr(ptr: *mut X509_STORE) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// Adds a reference to a store of C's; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a live store.
    pub unsafe fn share_ptr(ptr: *mut X509_STORE) -> Option<Self> {
        let this = NonNull::new(ptr)?;
        // SAFETY: alive.
        unsafe { X509_STORE_up_ref(ptr) };
        Some(Self(this))
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut X509_STORE {
        self.0.as_ptr()
    }

    /// Adds a trusted certificate.
    pub fn add(&self, x509: &X509) -> bool {
        // SAFETY: both are alive; the store takes a reference of its own.
        unsafe { X509_STORE_add_cert(self.as_ptr(), x509.as_ptr()) != 0 }
    }

    /// This store, if no function of the program's takes part in a verification by it. (A
    /// lookup method may be one: it is shown names alone.)
    pub fn unwatched(&self) -> Option<UnwatchedStore<'_>> {
        const GETTERS: [unsafe extern "C" fn(*const X509_STORE) -> StoreFunction; 12] = [
            X509_STORE_get_verify,
            X509_STORE_get_verify_cb,
            X509_STORE_get_get_issuer,
            X509_STORE_get_check_issued,
            X509_STORE_get_check_revocation,
            X509_STORE_get_get_crl,
            X509_STORE_get_check_crl,
            X509_STORE_get_cert_crl,
            X509_STORE_get_check_policy,
            X509_STORE_get_lookup_certs,
            X509_STORE_get_lookup_crls,
            X509_STORE_get_cleanup,
        ];
        // SAFETY: alive; what is found is not called.
        let watched = GETTERS.iter().any(|function| unsafe { function(self.as_ptr()) }.is_some());
        (!watched && has_own_purposes()).then_some(UnwatchedStore(self))
    }

    /// How many certificates and CRLs it holds now.
    pub fn object_count(&self) -> usize {
        // SAFETY: alive; the objects are only looked at under the store's lock.
        unsafe {
            X509_STORE_lock(self.as_ptr());
            let count = OPENSSL_sk_num(X509_STORE_get0_objects(self.as_ptr()));
            X509_STORE_unlock(self.as_ptr());
            usize::try_from(count).unwrap_or(0)
        }
    }

    /// Adds the certificates and CRLs of a PEM file.
    ///
    /// # Safety
    /// `file` is NULL or a C string.
    pub unsafe fn load_file(&self, file: *const c_char, library: &Library) -> bool {
        // SAFETY: the caller's promise; NULL is an error of libcrypto's.
        unsafe { X509_STORE_load_file_ex(self.as_ptr(), file, library.context(), library.properties()) > 0 }
    }

    /// Adds a hashed directory, to be looked into when needed.
    ///
    /// # Safety
    /// `path` is NULL or a C string.
    pub unsafe fn load_dir(&self, path: *const c_char) -> bool {
        // SAFETY: the caller's promise; NULL is an error of libcrypto's.
        unsafe { X509_STORE_load_path(self.as_ptr(), path) > 0 }
    }

    /// Adds an OSSL_STORE URI.
    ///
    /// # Safety
    /// `uri` is NULL or a C string.
    pub unsafe fn load_uri(&self, uri: *const c_char, library: &Library) -> bool {
        // SAFETY: the caller's promise; NULL is an error of libcrypto's.
        unsafe { X509_STORE_load_store_ex(self.as_ptr(), uri, library.context(), library.properties()) > 0 }
    }

    /// Adds libcrypto's default file, directory and store.
    pub fn set_default_paths(&self, library: &Library) -> bool {
        // SAFETY: alive.
        unsafe { X509_STORE_set_default_paths_ex(self.as_ptr(), library.context(), library.properties()) > 0 }
    }

    /// Adds one of libcrypto's default places; it is no error if it is not there.
    pub fn set_default(&self, which: DefaultTrust) -> bool {
        // SAFETY: the methods are libcrypto's own; the lookup belongs to the store.
        unsafe {
            let (method, cmd, kind) = match which {
                DefaultTrust::Dir => (X509_LOOKUP_hash_dir(), X509_L_ADD_DIR, X509_FILETYPE_DEFAULT),
                DefaultTrust::File => (X509_LOOKUP_file(), X509_L_FILE_LOAD, X509_FILETYPE_DEFAULT),
                DefaultTrust::Store => (X509_LOOKUP_store(), X509_L_ADD_STORE, 0),
            };
            let lookup = X509_STORE_add_lookup(self.as_ptr(), method);
            if lookup.is_null() {
                return false;
            }
            err::set_mark();
            X509_LOOKUP_ctrl(lookup, cmd, std::ptr::null(), kind, std::ptr::null_mut());
            err::pop_to_mark();
        }
        true
    }
}

impl Clone for X509Store {
    fn clone(&self) -> Self {
        // SAFETY: alive.
        unsafe { X509_STORE_up_ref(self.as_ptr()) };
        Self(self.0)
    }
}

impl Drop for X509Store {
    fn drop(&mut self) {
        // SAFETY: gives up our reference.
        unsafe { X509_STORE_free(self.as_ptr()) };
    }
}

impl std::fmt::Debug for X509Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "X509Store({:p})", self.0)
    }
}

/// An `X509_VERIFY_PARAM`. Programs get its pointer (`SSL_get0_param`) and
/// change it as they like, so as in OpenSSL nothing locks it.
pub struct VerifyParam(NonNull<X509_VERIFY_PARAM>);

// SAFETY: by the contract of the C API nobody changes it while others read.
unsafe impl Send for VerifyParam {}
// SAFETY: as above.
unsafe impl Sync for VerifyParam {}

impl VerifyParam {
    /// Parameters with nothing set; `None` when memory runs out.
    pub fn new() -> Option<Self> {
        // SAFETY: new parameters that we own.
        NonNull::new(unsafe { X509_VERIFY_PARAM_new() }).map(Self)
    }

    /// New parameters that inherit what is set in these.
    pub fn inherited(&self) -> Option<Self> {
        let new = Self::new()?;
        new.inherit(self);
        Some(new)
    }

    /// Takes from `from` what is not set here.
    pub fn inherit(&self, from: &Self) {
        // SAFETY: both are alive.
        unsafe { X509_VERIFY_PARAM_inherit(self.as_ptr(), from.as_ptr()) };
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut X509_VERIFY_PARAM {
        self.0.as_ptr()
    }

    /// Takes over all that is set in `from`.
    ///
    /// # Safety
    /// `from` is NULL or live parameters.
    pub unsafe fn set1(&self, from: *const X509_VERIFY_PARAM) -> bool {
        // SAFETY: the caller's promise; from NULL nothing is taken.
        unsafe { X509_VERIFY_PARAM_set1(self.as_ptr(), from) != 0 }
    }

    /// `X509_PURPOSE_*`; false for an unknown one.
    pub fn set_purpose(&self, purpose: c_int) -> bool {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_set_purpose(self.as_ptr(), purpose) != 0 }
    }

    /// `X509_TRUST_*`; false for an unknown one.
    pub fn set_trust(&self, trust: c_int) -> bool {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_set_trust(self.as_ptr(), trust) != 0 }
    }

    /// How many issuers a chain may have.
    pub fn set_depth(&self, depth: c_int) {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_set_depth(self.as_ptr(), depth) };
    }

    /// How many issuers a chain may have; -1 when not set.
    pub fn depth(&self) -> c_int {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_get_depth(self.as_ptr()) }
    }

    /// The only name that the peer's certificate may be for; NULL: any.
    ///
    /// # Safety
    /// `name` is NULL or a C string.
    pub unsafe fn set1_host(&self, name: *const c_char) -> bool {
        // SAFETY: the caller's promise; length 0 means up to the NUL.
        unsafe { X509_VERIFY_PARAM_set1_host(self.as_ptr(), name, 0) != 0 }
    }

    /// One more name that the peer's certificate may be for.
    ///
    /// # Safety
    /// `name` is NULL or a C string.
    pub unsafe fn add1_host(&self, name: *const c_char) -> bool {
        // SAFETY: the caller's promise; length 0 means up to the NUL.
        unsafe { X509_VERIFY_PARAM_add1_host(self.as_ptr(), name, 0) != 0 }
    }

    /// The address that the peer's certificate must be for; false if `ip` is
    /// not one.
    ///
    /// # Safety
    /// `ip` is a C string.
    pub unsafe fn set1_ip(&self, ip: *const c_char) -> bool {
        // SAFETY: the caller's promise.
        let text = unsafe { CStr::from_ptr(ip) }.to_bytes();
        // Most are names, for which libcrypto would try scanf.
        let is_name = text.iter().any(u8::is_ascii_alphabetic) && !text.contains(&b':');
        // SAFETY: alive, and a C string.
        !is_name && unsafe { X509_VERIFY_PARAM_set1_ip_asc(self.as_ptr(), ip) != 0 }
    }

    /// Whether an address was set.
    pub fn has_ip(&self) -> bool {
        // SAFETY: alive; the text is ours to free.
        unsafe {
            let text = X509_VERIFY_PARAM_get1_ip_asc(self.as_ptr());
            let found = !text.is_null();
            CRYPTO_free(text.cast(), std::ptr::null(), 0);
            found
        }
    }

    /// `X509_CHECK_FLAG_*`
    pub fn set_hostflags(&self, flags: c_uint) {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_set_hostflags(self.as_ptr(), flags) };
    }

    /// The name that verification found in the certificate; a borrow that ends
    /// with the next verification.
    pub fn peername(&self) -> *const c_char {
        // SAFETY: alive.
        unsafe { X509_VERIFY_PARAM_get0_peername(self.as_ptr()) }
    }
}

impl Drop for VerifyParam {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { X509_VERIFY_PARAM_free(self.as_ptr()) };
    }
}

/// Whether the purposes are libcrypto's own: those of a program have a function of its.
fn has_own_purposes() -> bool {
    const STANDARD: c_int = 9;
    // SAFETY: each index below the count has an entry, which lives as long as the process.
    unsafe { X509_PURPOSE_get_count() == STANDARD && (0..STANDARD).all(|index| (*X509_PURPOSE_get0(index)).flags == 0) }
}

/// A store that no function of the program's looks into.
pub struct UnwatchedStore<'a>(&'a X509Store);

/// How a chain is verified.
pub struct Rules<'a> {
    /// How strong keys and signatures must be (`@SECLEVEL`).
    pub level: c_int,
    /// `X509_V_FLAG_*`
    pub flags: u32,
    /// The purpose and trust of this name: "ssl_server" or "ssl_client".
    pub default: &'static CStr,
    /// What is set in it counts more than what was set before.
    pub param: &'a VerifyParam,
}

/// What came of a verification of a peer's chain.
pub struct Outcome {
    /// Whether the chain is good.
    pub verified: bool,
    /// `X509_V_*`
    pub error: c_int,
    /// The chain that was built, the leaf first.
    pub chain: Option<VerifiedChain>,
}

/// One verification of a chain: an `X509_STORE_CTX`.
pub struct Verification<'a> {
    ctx: NonNull<X509_STORE_CTX>,
    // libcrypto borrows these until it is freed.
    _inputs: (X509Store, Option<X509>, Option<&'a X509Stack>),
}

impl<'a> Verification<'a> {
    /// Prepares to verify `leaf` by `store`, with the help of `untrusted`; on
    /// failure the reason is on the queue.
    pub fn new(store: X509Store, leaf: X509, untrusted: Option<&'a X509Stack>, library: &Library) -> Option<Self> {
        Self::of(store, Some(leaf), untrusted, library)
    }

    fn of(store: X509Store, leaf: Option<X509>, untrusted: Option<&'a X509Stack>, library: &Library) -> Option<Self> {
        // SAFETY: a new context that we own.
        let ctx = NonNull::new(unsafe { X509_STORE_CTX_new_ex(library.context(), library.properties()) })?;
        let this = Self { ctx, _inputs: (store, leaf, untrusted) };
        let (store, leaf, _) = &this._inputs;
        let leaf = leaf.as_ref().map_or(std::ptr::null_mut(), X509::as_ptr);
        let untrusted = untrusted.map_or(std::ptr::null_mut(), X509Stack::as_ptr);
        // SAFETY: `_inputs` keeps all of them alive as long as the context.
        let ready = unsafe { X509_STORE_CTX_init(this.as_ptr(), store.as_ptr(), leaf, untrusted) != 0 };
        ready.then_some(this)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut X509_STORE_CTX {
        self.ctx.as_ptr()
    }

    fn param(&self) -> *mut X509_VERIFY_PARAM {
        // SAFETY: alive; a borrow from the context.
        unsafe { X509_STORE_CTX_get0_param(self.as_ptr()) }
    }

    /// Says how the chain is verified.
    pub fn set_rules(&self, rules: &Rules<'_>) {
        // SAFETY: all are alive.
        unsafe {
            X509_VERIFY_PARAM_set_auth_level(self.param(), rules.level);
            X509_STORE_CTX_set_flags(self.as_ptr(), rules.flags.into());
            X509_STORE_CTX_set_default(self.as_ptr(), rules.default.as_ptr());
            X509_VERIFY_PARAM_set1(self.param(), rules.param.as_ptr());
        }
    }

    /// Matches the chain against TLSA records, which outlive this verification.
    pub fn set_dane(&self, dane: &'a Dane) {
        // SAFETY: both are alive, and `dane` stays so.
        unsafe { X509_STORE_CTX_set0_dane(self.as_ptr(), dane.as_ptr()) };
    }

    /// Asks a program's callback about every certificate and error.
    pub fn set_callback(&self, callback: VerifyCallback) {
        // SAFETY: alive; the function has the type libcrypto calls.
        unsafe { X509_STORE_CTX_set_verify_cb(self.as_ptr(), callback) };
    }

    /// What a callback finds at `index`.
    pub fn set_ex_data(&self, index: c_int, data: *mut c_void) -> bool {
        // SAFETY: alive; libcrypto does not look at `data`.
        unsafe { X509_STORE_CTX_set_ex_data(self.as_ptr(), index, data) != 0 }
    }

    /// `X509_verify_cert`. No borrow of an object that C knows may be held:
    /// callbacks of the program run inside.
    pub fn verify(&self) -> bool {
        // SAFETY: alive and initialized.
        unsafe { X509_verify_cert(self.as_ptr()) > 0 }
    }

    /// `X509_V_*`
    pub fn error(&self) -> c_int {
        // SAFETY: alive.
        unsafe { X509_STORE_CTX_get_error(self.as_ptr()) }
    }

    /// The chain that was built, the leaf first.
    pub fn chain(&self) -> Option<X509Stack> {
        // SAFETY: the copy is ours.
        unsafe { X509Stack::from_ptr(X509_STORE_CTX_get1_chain(self.as_ptr())) }
    }

    /// What came of it, where it or a function of the program's said `verified`.
    pub fn outcome(&self, verified: bool) -> Outcome {
        Outcome { verified, error: self.error(), chain: self.chain().map(VerifiedChain::seen) }
    }

    /// Moves the name that was found in the certificate to `param`.
    pub fn move_peername(&self, param: &VerifyParam) {
        // SAFETY: both are alive.
        unsafe { X509_VERIFY_PARAM_move_peername(param.as_ptr(), self.param()) };
    }
}

impl Drop for Verification<'_> {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { X509_STORE_CTX_free(self.as_ptr()) };
    }
}

/// Verifies a peer's certificate where no function of the program's can look, by objects that
/// other connections share. `None` when it can't be done so.
pub fn verify_unseen(
    store: &UnwatchedStore<'_>,
    chain: &Arc<PeerChain>,
    rules: &Rules<'_>,
    library: &Library,
) -> Option<Outcome> {
    /// `X509_V_FLAG_CRL_CHECK`, `X509_V_FLAG_CRL_CHECK_ALL`: a CRL's methods may be the program's.
    const CRLS: libc::c_ulong = 0x4 | 0x8;

    let untrusted = chain.unseen()?;
    let verification = Verification::of(store.0.clone(), None, None, library)?;
    verification.set_rules(rules);
    // SAFETY: alive.
    if unsafe { X509_VERIFY_PARAM_get_flags(verification.param()) } & CRLS != 0 {
        return None;
    }
    let visit = Visit::begin(&verification, &untrusted)?;
    let outcome = Outcome { verified: verification.verify(), error: verification.error(), chain: visit.chain(chain) };
    drop(visit);
    verification.move_peername(rules.param);
    Some(outcome)
}

/// The time for which a verification has certificates that a program must not see. Functions of
/// the program's for its ex_data run before and behind it.
struct Visit<'a> {
    verification: &'a Verification<'a>,
    peers: Vec<*mut X509_C>,
}

impl<'a> Visit<'a> {
    fn begin(verification: &'a Verification<'a>, untrusted: &'a UnseenStack) -> Option<Self> {
        let peers = untrusted.pointers();
        let leaf = *peers.first()?;
        // SAFETY: all are alive for `'a`.
        unsafe {
            X509_STORE_CTX_set_cert(verification.as_ptr(), leaf);
            X509_STORE_CTX_set0_untrusted(verification.as_ptr(), untrusted.as_ptr());
        }
        Some(Self { verification, peers })
    }

    /// The chain that was built.
    fn chain(&self, peer: &Arc<PeerChain>) -> Option<VerifiedChain> {
        let link = |x509: X509| match self.peers.iter().position(|&own| own == x509.as_ptr()) {
            Some(at) => Link::Peers(at),
            None => Link::Others(x509),
        };
        let links = self.verification.chain()?.iter().map(link).collect();
        Some(VerifiedChain::unseen(links, peer.clone()))
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let (ctx, none) = (self.verification.as_ptr(), std::ptr::null_mut());
        // SAFETY: alive; it owns the chain that is freed, and has borrowed the others.
        unsafe {
            X509_STORE_CTX_set_cert(ctx, none);
            X509_STORE_CTX_set0_untrusted(ctx, none.cast());
            X509_STORE_CTX_set_current_cert(ctx, none);
            X509_STORE_CTX_set0_verified_chain(ctx, none.cast());
        }
    }
}

/// What libcrypto says of an `X509_V_*`.
pub fn error_string(error: c_int) -> String {
    // SAFETY: it answers with a static string (or one of this thread) at once copied.
    unsafe { CStr::from_ptr(X509_verify_cert_error_string(error.into())) }.to_string_lossy().into_owned()
}

/// Where a verify callback finds the SSL; -1 if libcrypto had no index left.
pub fn ssl_index() -> c_int {
    static INDEX: Lazy<c_int> = Lazy::new(|| {
        let none = std::ptr::null();
        // SAFETY: no callbacks; libcrypto keeps `argp` as it is.
        unsafe {
            CRYPTO_get_ex_new_index(
                CRYPTO_EX_INDEX_X509_STORE_CTX,
                0,
                c"SSL for verify callback".as_ptr().cast_mut().cast(),
                none,
                none,
                none,
            )
        }
    });
    *INDEX
}

/// The certificates that an OSSL_STORE URI names, and those of its entries down
/// to `depth`; `None` when one can't be opened.
///
/// # Safety
/// `uri` is NULL or a C string.
pub unsafe fn certificates_at(uri: *const c_char, depth: u32) -> Option<Vec<X509>> {
    const INFO_NAME: c_int = 1;
    const INFO_CERT: c_int = 5;
    let none = std::ptr::null_mut();
    let mut found = Vec::new();
    // SAFETY: the caller's promise; what is opened and loaded here is ours and
    // lives until it is closed and freed below.
    unsafe {
        let ctx = OSSL_STORE_open(uri, none, none, none, none);
        if ctx.is_null() {
            return None;
        }
        let mut complete = true;
        while OSSL_STORE_eof(ctx) == 0 && OSSL_STORE_error(ctx) == 0 {
            let info = OSSL_STORE_load(ctx);
            if info.is_null() {
                continue;
            }
            match OSSL_STORE_INFO_get_type(info) {
                INFO_NAME if depth > 0 => match certificates_at(OSSL_STORE_INFO_get0_NAME(info), depth - 1) {
                    Some(more) => found.extend(more),
                    None => complete = false,
                },
                INFO_CERT => found.extend(X509::share_ptr(OSSL_STORE_INFO_get0_CERT(info))),
                _ => {}
            }
            OSSL_STORE_INFO_free(info);
        }
        OSSL_STORE_close(ctx);
        complete.then_some(found)
    }
}
