//! Certificates and keys: `SSL_CTX_use_certificate(3)`.
//!
//! Each function exists for an SSL_CTX, whose later connections start with what
//! it sets, and for an SSL, of which it changes only that one's own copy.

use std::sync::Arc;

use libc::*;

use super::{connection, context, held_context};
use crate::boundary::Callback;
use crate::connection::{Connection, Inherited};
use crate::context::Context;
use crate::context::callbacks::WithArg;
use crate::context::identity::{Identity, Reason};
use crate::ffi::types::*;
use crate::ffi::{self, Ref, guard};
use crate::libcrypto::engine::ClientCertEngine;
use crate::libcrypto::evp::EvpPkey;
use crate::libcrypto::library::Library;
use crate::libcrypto::pem::{self, File, Password};
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::{err, x509};
use crate::reason;

const FILETYPE_PEM: c_int = 1;
const FILETYPE_ASN1: c_int = 2;

/// Whose identity a function works on.
enum Holder {
    /// An SSL_CTX.
    Context(Ref<Context>),
    /// An SSL.
    Connection(Ref<Connection>),
}

impl Holder {
    /// # Safety
    /// `ctx` is NULL (an error on the queue) or a live SSL_CTX.
    unsafe fn of_context(ctx: *const SSL_CTX) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe { held_context(ctx) }.map(Self::Context)
    }

    /// # Safety
    /// `ssl` is NULL (an error on the queue) or a live SSL.
    unsafe fn of_connection(ssl: *const SSL) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe { connection(ssl) }.map(Self::Connection)
    }

    fn identity(&self) -> Arc<Identity> {
        match self {
            Self::Context(ctx) => ctx.settings(|s| s.identity.clone()),
            Self::Connection(ssl) => ssl.settings.borrow().identity.clone(),
        }
    }

    fn library(&self) -> Library {
        match self {
            Self::Context(ctx) => ctx.library.clone(),
            Self::Connection(ssl) => ssl.library(),
        }
    }

    fn change<R>(&self, change: impl FnOnce(&mut Identity) -> R) -> R {
        match self {
            Self::Context(ctx) => ctx.change_identity(change),
            Self::Connection(ssl) => ssl.change_identity(change),
        }
    }

    fn inherited(&self) -> Inherited {
        match self {
            Self::Context(ctx) => ctx.inherited(),
            Self::Connection(ssl) => ssl.inherited.get(),
        }
    }

    fn change_inherited(&self, change: impl FnOnce(&mut Inherited)) {
        match self {
            Self::Context(ctx) => ctx.update_inherited(change),
            Self::Connection(ssl) => {
                let mut inherited = ssl.inherited.get();
                change(&mut inherited);
                ssl.inherited.set(inherited);
            }
        }
    }

    fn password(&self) -> Password {
        let WithArg { function, arg } = self.inherited().passwd;
        Password { callback: function.map(Callback::to_c), arg }
    }

    /// Whether a certificate is strong enough for the security level; if not,
    /// the reason is on the queue.
    fn allows(&self, certificate: &x509::X509, is_leaf: bool) -> bool {
        let judge = match self {
            Self::Context(ctx) => ctx.judge(),
            Self::Connection(ssl) => ssl.judge(),
        };
        succeeded(judge.check_certificate(certificate, is_leaf))
    }

    fn use_certificate(&self, certificate: x509::X509) -> bool {
        self.allows(&certificate, true) && succeeded(self.change(|identity| identity.set_certificate(certificate)))
    }

    fn use_key(&self, key: EvpPkey) -> bool {
        succeeded(self.change(|identity| identity.set_key(key)))
    }
}

/// Puts the reason of a failure on the queue, unless libcrypto has.
fn succeeded(result: Result<(), Reason>) -> bool {
    match result {
        Ok(()) => true,
        Err(0) => false,
        Err(reason) => {
            err::raise(reason);
            false
        }
    }
}

/// The object that C passed, one reference added; NULL is an error.
///
/// # Safety
/// `x` is NULL or a live certificate.
unsafe fn shared_x509(x: *mut X509) -> Option<x509::X509> {
    // SAFETY: the caller's promise.
    let shared = unsafe { x509::X509::share_ptr(x) };
    if shared.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    shared
}

/// As [`shared_x509`], for a key.
///
/// # Safety
/// `key` is NULL or a live key.
unsafe fn shared_key(key: *mut EVP_PKEY) -> Option<EvpPkey> {
    // SAFETY: the caller's promise.
    let shared = unsafe { EvpPkey::share_ptr(key) };
    if shared.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    shared
}

/// As [`shared_key`], for an RSA structure.
///
/// # Safety
/// `rsa` is NULL or a live RSA.
unsafe fn shared_rsa(rsa: *mut RSA) -> Option<EvpPkey> {
    if rsa.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return None;
    }
    // SAFETY: not NULL; the caller's promise.
    unsafe { EvpPkey::from_rsa(rsa) }
}

/// The bytes behind a pointer and a C length; a negative one is an error.
///
/// # Safety
/// `data` is NULL or readable for `len` bytes.
unsafe fn encoded<'a>(data: *const c_uchar, len: c_long) -> Option<&'a [u8]> {
    let Ok(len) = usize::try_from(len) else {
        err::raise(err::ERR_R_ASN1_LIB);
        return None;
    };
    // SAFETY: the caller's promise.
    unsafe { ffi::bytes(data, len) }
}

/// Reads one object from a file: `pem` or `der` as `kind` says.
///
/// # Safety
/// `path` is NULL or a C string.
unsafe fn read_file<T>(
    holder: &Holder,
    path: *const c_char,
    kind: c_int,
    pem: impl FnOnce(&File) -> Option<T>,
    der: impl FnOnce(&File) -> Option<T>,
) -> Option<T> {
    // SAFETY: the caller's promise.
    let Some(file) = (unsafe { File::open(path, &holder.library()) }) else {
        err::raise(err::ERR_R_SYS_LIB);
        return None;
    };
    let (object, failure) = match kind {
        FILETYPE_PEM => (pem(&file), err::ERR_R_PEM_LIB),
        FILETYPE_ASN1 => (der(&file), err::ERR_R_ASN1_LIB),
        _ => (None, reason::BAD_SSL_FILETYPE),
    };
    if object.is_none() {
        err::raise(failure);
    }
    object
}

/// What was decoded, or `ERR_R_ASN1_LIB` on the queue.
fn decoded<T>(object: Option<T>) -> Option<T> {
    if object.is_none() {
        err::raise(err::ERR_R_ASN1_LIB);
    }
    object
}

/// # Safety
/// `path` is NULL or a C string.
unsafe fn use_certificate_file(holder: &Holder, path: *const c_char, kind: c_int) -> bool {
    let password = holder.password();
    // SAFETY: the caller's promise.
    let certificate = unsafe { read_file(holder, path, kind, |file| file.pem_x509(password), File::der_x509) };
    certificate.is_some_and(|certificate| holder.use_certificate(certificate))
}

/// # Safety
/// `path` is NULL or a C string.
unsafe fn use_key_file(holder: &Holder, path: *const c_char, kind: c_int) -> bool {
    let password = holder.password();
    // SAFETY: the caller's promise.
    let key = unsafe { read_file(holder, path, kind, |file| file.pem_key(password), File::der_key) };
    key.is_some_and(|key| holder.use_key(key))
}

/// # Safety
/// `path` is NULL or a C string.
unsafe fn use_rsa_file(holder: &Holder, path: *const c_char, kind: c_int) -> bool {
    let password = holder.password();
    // SAFETY: the caller's promise.
    let key = unsafe { read_file(holder, path, kind, |file| file.pem_rsa(password), File::der_rsa) };
    key.is_some_and(|key| holder.use_key(key))
}

/// A PEM file with our certificate and then those of its issuers.
///
/// # Safety
/// `path` is NULL or a C string.
unsafe fn use_chain_file(holder: &Holder, path: *const c_char) -> bool {
    err::clear();
    let password = holder.password();
    // SAFETY: the caller's promise.
    let Some(file) = (unsafe { File::open(path, &holder.library()) }) else {
        err::raise(err::ERR_R_SYS_LIB);
        return false;
    };
    let Some(certificate) = file.pem_x509_aux(password) else {
        err::raise(err::ERR_R_PEM_LIB);
        return false;
    };
    if !holder.use_certificate(certificate) || err::peek() != 0 {
        return false;
    }
    holder.change(|identity| identity.set_chain(None));
    while let Some(issuer) = file.pem_x509(password) {
        if !holder.allows(&issuer, false) || !holder.change(|identity| identity.add_to_chain(issuer)) {
            return false;
        }
    }
    let complete = pem::is_end_of_file();
    if complete {
        err::clear();
    }
    complete
}

/// # Safety
/// The pointers are NULL or live objects.
unsafe fn use_cert_and_key(
    holder: &Holder,
    certificate: *mut X509,
    key: *mut EVP_PKEY,
    chain: *mut stack_st_X509,
    replace: c_int,
) -> bool {
    // SAFETY: the caller's promise; key and chain may be NULL.
    let (certificate, key, chain) =
        unsafe { (shared_x509(certificate), EvpPkey::share_ptr(key), X509Stack::share_ptr(chain)) };
    let Some(certificate) = certificate else {
        return false;
    };
    let strong = holder.allows(&certificate, true)
        && chain.iter().flat_map(X509Stack::iter).all(|issuer| holder.allows(&issuer, false));
    strong && succeeded(holder.change(|identity| identity.set_all(certificate, key, chain, replace != 0)))
}

/// Whether the current certificate and private key are there and belong
/// together: 1, or 0 with the reason on the queue. `SSL_CTX_check_private_key(3)`.
///
/// # Safety
/// `ctx` is NULL (an error) or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_check_private_key(ctx: *const SSL_CTX) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { ffi::handle::borrow::<Context>(ctx) } {
            Some(ctx) => succeeded(ctx.settings(|s| s.identity.clone()).check_private_key()).into(),
            None => {
                err::raise(reason::NO_CERTIFICATE_ASSIGNED);
                0
            }
        }
    })
}

/// The current certificate, borrowed until it is replaced; NULL if there is
/// none, and for NULL. `SSL_CTX_get0_certificate(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_certificate(ctx: *const SSL_CTX) -> *mut X509 {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx) }.map_or(std::ptr::null_mut(), |holder| certificate_of(&holder))
    })
}

/// The current private key, borrowed until it is replaced; NULL if there is
/// none, and for NULL. `SSL_CTX_get0_privatekey(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_privatekey(ctx: *const SSL_CTX) -> *mut EVP_PKEY {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx) }.map_or(std::ptr::null_mut(), |holder| key_of(&holder))
    })
}

fn certificate_of(holder: &Holder) -> *mut X509 {
    holder.identity().current().certificate().map_or(std::ptr::null_mut(), x509::X509::as_ptr)
}

fn key_of(holder: &Holder) -> *mut EVP_PKEY {
    holder.identity().current().key().map_or(std::ptr::null_mut(), EvpPkey::as_ptr)
}

/// The callback of `SSL_CTX_set_client_cert_cb`; NULL if there is none, and for
/// NULL. `SSL_CTX_get_client_cert_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_client_cert_cb(
    ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *mut *mut X509, *mut *mut EVP_PKEY) -> c_int> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }.and_then(|ctx| ctx.callbacks().client_cert).map(Callback::to_c))
}

/// The callback for pass phrases of PEM files; NULL if there is none, and for
/// NULL. `SSL_CTX_get_default_passwd_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_default_passwd_cb(ctx: *mut SSL_CTX) -> Option<pem_password_cb> {
    guard(None, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx) }.and_then(|holder| holder.inherited().passwd.function).map(Callback::to_c)
    })
}

/// The last argument of that callback, or the pass phrase if there is no
/// callback. `SSL_CTX_get_default_passwd_cb_userdata(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_default_passwd_cb_userdata(ctx: *mut SSL_CTX) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx) }.map_or(std::ptr::null_mut(), |holder| holder.inherited().passwd.arg)
    })
}

/// Is called when a certificate is needed, to set one with the functions here:
/// by a server before it chooses, by a client when a server asks. It answers 1,
/// 0 to fail, or on a server a negative number to be called again.
/// `SSL_CTX_set_cert_cb(3)`.
///
/// # Safety
/// `c` is NULL or a live SSL_CTX; the callback may be called with `arg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_cb(
    c: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_context(c) } {
            holder.change_inherited(|inherited| inherited.cert = WithArg::from_c(cb, arg));
        }
    })
}

/// Is called when a server asks for a certificate and none that is set fits. It
/// answers 1 with a reference each to a certificate and a key, which become
/// ours, or 0 to go without. `SSL_CTX_set_client_cert_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_cert_cb(
    ctx: *mut SSL_CTX,
    client_cert_cb: Option<unsafe extern "C" fn(*mut SSL, *mut *mut X509, *mut *mut EVP_PKEY) -> c_int>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|callbacks| callbacks.client_cert = Callback::from_c(client_cert_cb));
        }
    })
}

/// An engine that finds client certificates for connections that have none. 1,
/// or 0 with an error when the engine does not start or finds none. `ctx` keeps
/// a reference. `SSL_CTX_set_client_cert_engine(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `e` is NULL or a live ENGINE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_cert_engine(ctx: *mut SSL_CTX, e: *mut ENGINE) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        // SAFETY: as above.
        match unsafe { ClientCertEngine::new(e) } {
            Ok(engine) => {
                ctx.set_client_cert_engine(engine);
                1
            }
            Err(reason) => {
                err::raise(reason);
                0
            }
        }
    })
}

/// Is asked for pass phrases when PEM files are read; NULL: the terminal.
/// `SSL_CTX_set_default_passwd_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_passwd_cb(ctx: *mut SSL_CTX, cb: Option<pem_password_cb>) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_context(ctx) } {
            holder.change_inherited(|inherited| inherited.passwd.function = Callback::from_c(cb));
        }
    })
}

/// The last argument of that callback; without one, the pass phrase itself. It
/// stays the caller's. `SSL_CTX_set_default_passwd_cb_userdata(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `u` is what the callback needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_passwd_cb_userdata(ctx: *mut SSL_CTX, u: *mut c_void) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_context(ctx) } {
            holder.change_inherited(|inherited| inherited.passwd.arg = u);
        }
    })
}

/// Sets the private key, which must belong to the certificate if that is set;
/// adds a reference. 1, or 0 with the reason on the queue.
/// `SSL_CTX_use_PrivateKey(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `pkey` NULL or a live key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey(ctx: *mut SSL_CTX, pkey: *mut EVP_PKEY) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, key) = unsafe { (Holder::of_context(ctx), shared_key(pkey)) };
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey`], from `len` bytes of DER; `pk` is an
/// `EVP_PKEY_*`. `SSL_CTX_use_PrivateKey_ASN1(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey_ASN1(
    pk: c_int,
    ctx: *mut SSL_CTX,
    d: *const c_uchar,
    len: c_long,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_context(ctx), encoded(d, len)) };
        let Some((holder, der)) = holder.zip(der) else { return 0 };
        decoded(pem::der_key(pk, der, &holder.library())).is_some_and(|key| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey`], from a file; `type_` is `SSL_FILETYPE_PEM` or
/// `SSL_FILETYPE_ASN1`. `SSL_CTX_use_PrivateKey_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey_file(ctx: *mut SSL_CTX, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx).is_some_and(|holder| use_key_file(&holder, file, type_)) }.into()
    })
}

/// As [`SSL_CTX_use_PrivateKey`], from an RSA structure, to which a reference
/// is added. `SSL_CTX_use_RSAPrivateKey(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `rsa` NULL or a live RSA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey(ctx: *mut SSL_CTX, rsa: *mut RSA) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, key) = unsafe { (Holder::of_context(ctx), shared_rsa(rsa)) };
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey`], from `len` bytes of a DER RSAPrivateKey.
/// `SSL_CTX_use_RSAPrivateKey_ASN1(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey_ASN1(ctx: *mut SSL_CTX, d: *const c_uchar, len: c_long) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_context(ctx), encoded(d, len)) };
        let key = der.and_then(|der| decoded(pem::der_rsa(der)));
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey_file`], for an RSAPrivateKey.
/// `SSL_CTX_use_RSAPrivateKey_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey_file(ctx: *mut SSL_CTX, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx).is_some_and(|holder| use_rsa_file(&holder, file, type_)) }.into()
    })
}

/// Sets certificate, key (NULL: the engine has it) and chain (may be NULL) at
/// once; references are added. Unless `override_` says so, nothing of the kind
/// may be there yet. 1, or 0 with the reason on the queue.
/// `SSL_CTX_use_cert_and_key(3)`.
///
/// # Safety
/// Each pointer is NULL or a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_cert_and_key(
    ctx: *mut SSL_CTX,
    x509: *mut X509,
    privatekey: *mut EVP_PKEY,
    chain: *mut stack_st_X509,
    override_: c_int,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let holder = unsafe { Holder::of_context(ctx) };
        // SAFETY: as above.
        holder.is_some_and(|holder| unsafe { use_cert_and_key(&holder, x509, privatekey, chain, override_) }).into()
    })
}

/// Sets the certificate; adds a reference. A private key that does not belong
/// to it is dropped. 1, or 0 with the reason on the queue.
/// `SSL_CTX_use_certificate(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate(ctx: *mut SSL_CTX, x: *mut X509) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, certificate) = unsafe { (Holder::of_context(ctx), shared_x509(x)) };
        holder.zip(certificate).is_some_and(|(holder, certificate)| holder.use_certificate(certificate)).into()
    })
}

/// As [`SSL_CTX_use_certificate`], from `len` bytes of DER.
/// `SSL_CTX_use_certificate_ASN1(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_ASN1(ctx: *mut SSL_CTX, len: c_int, d: *const c_uchar) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_context(ctx), encoded(d, len.into())) };
        let Some((holder, der)) = holder.zip(der) else { return 0 };
        let certificate = decoded(x509::X509::from_der(der, &holder.library()));
        certificate.is_some_and(|certificate| holder.use_certificate(certificate)).into()
    })
}

/// Sets the certificate and its chain from a PEM file: ours first, then each
/// its issuer's. 1, or 0 with the reason on the queue.
/// `SSL_CTX_use_certificate_chain_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_chain_file(ctx: *mut SSL_CTX, file: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx).is_some_and(|holder| use_chain_file(&holder, file)) }.into()
    })
}

/// As [`SSL_CTX_use_certificate`], from a file; `type_` is `SSL_FILETYPE_PEM`
/// or `SSL_FILETYPE_ASN1`. `SSL_CTX_use_certificate_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_file(ctx: *mut SSL_CTX, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_context(ctx).is_some_and(|holder| use_certificate_file(&holder, file, type_)) }.into()
    })
}

/// Forgets all certificates, keys and chains of this SSL. `SSL_certs_clear(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_certs_clear(s: *mut SSL) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_connection(s) } {
            holder.change(Identity::clear);
        }
    })
}

/// Whether a certificate, key and chain would do for this handshake, as
/// `CERT_PKEY_*` flags; 0 when one is NULL. `SSL_check_chain(3)`.
///
/// # Safety
/// Each pointer is NULL or a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_check_chain(
    s: *mut SSL,
    x: *mut X509,
    pk: *mut EVP_PKEY,
    chain: *mut stack_st_X509,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (ssl, certificate, key, chain) =
            unsafe { (connection(s), x509::X509::share_ptr(x), EvpPkey::share_ptr(pk), X509Stack::share_ptr(chain)) };
        match (ssl, certificate, key) {
            (Some(ssl), Some(certificate), Some(key)) => ssl.check_chain(&certificate, &key, chain.as_ref()),
            _ => 0,
        }
    })
}

/// As [`SSL_CTX_check_private_key`], for an SSL. `SSL_check_private_key(3)`.
///
/// # Safety
/// `ctx` is NULL (an error) or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_check_private_key(ctx: *const SSL) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let holder = unsafe { Holder::of_connection(ctx) };
        holder.is_some_and(|holder| succeeded(holder.identity().check_private_key())).into()
    })
}

/// As [`SSL_CTX_get0_certificate`], for an SSL: after a handshake the one that
/// was used. `SSL_get_certificate(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_certificate(ssl: *const SSL) -> *mut X509 {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl) }.map_or(std::ptr::null_mut(), |holder| certificate_of(&holder))
    })
}

/// As [`SSL_CTX_get_default_passwd_cb`], for an SSL.
/// `SSL_get_default_passwd_cb(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_passwd_cb(s: *mut SSL) -> Option<pem_password_cb> {
    guard(None, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(s) }.and_then(|holder| holder.inherited().passwd.function).map(Callback::to_c)
    })
}

/// As [`SSL_CTX_get_default_passwd_cb_userdata`], for an SSL.
/// `SSL_get_default_passwd_cb_userdata(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_passwd_cb_userdata(s: *mut SSL) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(s) }.map_or(std::ptr::null_mut(), |holder| holder.inherited().passwd.arg)
    })
}

/// As [`SSL_CTX_get0_privatekey`], for an SSL. `SSL_get_privatekey(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_privatekey(ssl: *const SSL) -> *mut EVP_PKEY {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl) }.map_or(std::ptr::null_mut(), |holder| key_of(&holder))
    })
}

/// As [`SSL_CTX_set_cert_cb`], for an SSL. `SSL_set_cert_cb(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the callback may be called with `arg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_cert_cb(
    s: *mut SSL,
    cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_connection(s) } {
            holder.change_inherited(|inherited| inherited.cert = WithArg::from_c(cb, arg));
        }
    })
}

/// As [`SSL_CTX_set_default_passwd_cb`], for an SSL.
/// `SSL_set_default_passwd_cb(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_passwd_cb(s: *mut SSL, cb: Option<pem_password_cb>) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_connection(s) } {
            holder.change_inherited(|inherited| inherited.passwd.function = Callback::from_c(cb));
        }
    })
}

/// As [`SSL_CTX_set_default_passwd_cb_userdata`], for an SSL.
/// `SSL_set_default_passwd_cb_userdata(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `u` is what the callback needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_passwd_cb_userdata(s: *mut SSL, u: *mut c_void) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(holder) = unsafe { Holder::of_connection(s) } {
            holder.change_inherited(|inherited| inherited.passwd.arg = u);
        }
    })
}

/// As [`SSL_CTX_use_PrivateKey`], for an SSL. `SSL_use_PrivateKey(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `pkey` NULL or a live key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey(ssl: *mut SSL, pkey: *mut EVP_PKEY) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, key) = unsafe { (Holder::of_connection(ssl), shared_key(pkey)) };
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey_ASN1`], for an SSL. `SSL_use_PrivateKey_ASN1(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey_ASN1(pk: c_int, ssl: *mut SSL, d: *const c_uchar, len: c_long) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_connection(ssl), encoded(d, len)) };
        let Some((holder, der)) = holder.zip(der) else { return 0 };
        decoded(pem::der_key(pk, der, &holder.library())).is_some_and(|key| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_PrivateKey_file`], for an SSL. `SSL_use_PrivateKey_file(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey_file(ssl: *mut SSL, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl).is_some_and(|holder| use_key_file(&holder, file, type_)) }.into()
    })
}

/// As [`SSL_CTX_use_RSAPrivateKey`], for an SSL. `SSL_use_RSAPrivateKey(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `rsa` NULL or a live RSA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey(ssl: *mut SSL, rsa: *mut RSA) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, key) = unsafe { (Holder::of_connection(ssl), shared_rsa(rsa)) };
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_RSAPrivateKey_ASN1`], for an SSL.
/// `SSL_use_RSAPrivateKey_ASN1(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey_ASN1(ssl: *mut SSL, d: *const c_uchar, len: c_long) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_connection(ssl), encoded(d, len)) };
        let key = der.and_then(|der| decoded(pem::der_rsa(der)));
        holder.zip(key).is_some_and(|(holder, key)| holder.use_key(key)).into()
    })
}

/// As [`SSL_CTX_use_RSAPrivateKey_file`], for an SSL.
/// `SSL_use_RSAPrivateKey_file(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey_file(ssl: *mut SSL, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl).is_some_and(|holder| use_rsa_file(&holder, file, type_)) }.into()
    })
}

/// As [`SSL_CTX_use_cert_and_key`], for an SSL. `SSL_use_cert_and_key(3)`.
///
/// # Safety
/// Each pointer is NULL or a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_cert_and_key(
    ssl: *mut SSL,
    x509: *mut X509,
    privatekey: *mut EVP_PKEY,
    chain: *mut stack_st_X509,
    override_: c_int,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let holder = unsafe { Holder::of_connection(ssl) };
        // SAFETY: as above.
        holder.is_some_and(|holder| unsafe { use_cert_and_key(&holder, x509, privatekey, chain, override_) }).into()
    })
}

/// As [`SSL_CTX_use_certificate`], for an SSL. `SSL_use_certificate(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate(ssl: *mut SSL, x: *mut X509) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, certificate) = unsafe { (Holder::of_connection(ssl), shared_x509(x)) };
        holder.zip(certificate).is_some_and(|(holder, certificate)| holder.use_certificate(certificate)).into()
    })
}

/// As [`SSL_CTX_use_certificate_ASN1`], for an SSL.
/// `SSL_use_certificate_ASN1(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `d` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_ASN1(ssl: *mut SSL, d: *const c_uchar, len: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (holder, der) = unsafe { (Holder::of_connection(ssl), encoded(d, len.into())) };
        let Some((holder, der)) = holder.zip(der) else { return 0 };
        let certificate = decoded(x509::X509::from_der(der, &holder.library()));
        certificate.is_some_and(|certificate| holder.use_certificate(certificate)).into()
    })
}

/// As [`SSL_CTX_use_certificate_chain_file`], for an SSL.
/// `SSL_use_certificate_chain_file(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_chain_file(ssl: *mut SSL, file: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl).is_some_and(|holder| use_chain_file(&holder, file)) }.into()
    })
}

/// As [`SSL_CTX_use_certificate_file`], for an SSL.
/// `SSL_use_certificate_file(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_file(ssl: *mut SSL, file: *const c_char, type_: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { Holder::of_connection(ssl).is_some_and(|holder| use_certificate_file(&holder, file, type_)) }.into()
    })
}
