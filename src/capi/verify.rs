//! Verification of the peer: `SSL_CTX_set_verify(3)`, trust stores, CA lists.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use libc::*;

use super::{borrowed, connection, context};
use crate::boundary::Callback;
use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::context::callbacks::WithArg;
use crate::context::trust::Authorities;
use crate::context::verify_mode::VerifyMode;
use crate::ffi::guard;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::libcrypto::err;
use crate::libcrypto::library::Library;
use crate::libcrypto::pem::{File, Password};
use crate::libcrypto::stack::{NameStack, X509Stack};
use crate::libcrypto::store::{self, DefaultTrust, VerifyParam, X509Store};
use crate::libcrypto::x509::{self, Name};
use crate::reason;

/// The store of a context, unless the pointer is NULL.
///
/// # Safety
/// `ctx` is NULL (an error on the queue) or a live SSL_CTX.
unsafe fn trusted<'a>(ctx: *const SSL_CTX) -> Option<(X509Store, &'a Library)> {
    // SAFETY: the caller's promise.
    unsafe { context(ctx) }.map(|ctx| (ctx.trust.store(), &ctx.library))
}

/// The parameters of a context, unless the pointer is NULL.
///
/// # Safety
/// `ctx` is NULL (an error on the queue) or a live SSL_CTX.
unsafe fn context_param<'a>(ctx: *const SSL_CTX) -> Option<&'a VerifyParam> {
    // SAFETY: the caller's promise.
    unsafe { context(ctx) }.map(|ctx| &ctx.trust.param)
}

/// The parameters of a connection, unless the pointer is NULL.
///
/// # Safety
/// `ssl` is NULL (an error on the queue) or a live SSL.
unsafe fn connection_param<'a>(ssl: *const SSL) -> Option<&'a VerifyParam> {
    // SAFETY: the caller's promise; nothing that is done with parameters calls back.
    unsafe { borrowed(ssl) }.map(|ssl| &ssl.verify_param)
}

/// The pointer for C; the list stays ours.
fn pointer(list: Option<&NameStack>) -> *mut stack_st_X509_NAME {
    list.map_or(std::ptr::null_mut(), NameStack::as_ptr)
}

/// Adds the subject of a certificate to a list, which is made if there is none.
fn add_subject(list: &mut Option<NameStack>, subject: Name) -> bool {
    if list.is_none() {
        *list = NameStack::new();
    }
    list.as_mut().is_some_and(|list| list.push(subject))
}

/// # Safety
/// `x` is NULL or a live certificate.
unsafe fn subject_of(x: *const X509) -> Option<Name> {
    // SAFETY: the caller's promise; sharing only counts a reference.
    unsafe { x509::X509::share_ptr(x.cast_mut()) }?.subject()
}

/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `x` NULL or a live certificate.
unsafe fn add_to_context(
    ctx: *mut SSL_CTX,
    x: *const X509,
    list: impl FnOnce(&mut Authorities) -> &mut Option<NameStack>,
) -> c_int {
    // SAFETY: the caller's promise.
    match unsafe { (context(ctx), subject_of(x)) } {
        (Some(ctx), Some(subject)) => {
            ctx.trust.update_authorities(|authorities| add_subject(list(authorities), subject)).into()
        }
        _ => 0,
    }
}

/// # Safety
/// `ssl` is NULL or a live SSL, `x` NULL or a live certificate.
unsafe fn add_to_connection(
    ssl: *mut SSL,
    x: *const X509,
    list: impl FnOnce(&mut Authorities) -> &mut Option<NameStack>,
) -> c_int {
    // SAFETY: the caller's promise.
    match unsafe { (connection(ssl), subject_of(x)) } {
        (Some(ssl), Some(subject)) => add_subject(list(&mut ssl.authorities.borrow_mut()), subject).into(),
        _ => 0,
    }
}

/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `names` is NULL or a stack given up.
unsafe fn set_of_context(
    ctx: *mut SSL_CTX,
    names: *mut stack_st_X509_NAME,
    list: impl FnOnce(&mut Authorities) -> &mut Option<NameStack>,
) {
    // SAFETY: the caller's promise.
    if let Some(ctx) = unsafe { context(ctx) } {
        // SAFETY: as above.
        let names = unsafe { NameStack::from_ptr(names) };
        drop(ctx.trust.update_authorities(|authorities| std::mem::replace(list(authorities), names)));
    }
}

/// # Safety
/// `ssl` is NULL or a live SSL; `names` is NULL or a stack given up.
unsafe fn set_of_connection(
    ssl: *mut SSL,
    names: *mut stack_st_X509_NAME,
    list: impl FnOnce(&mut Authorities) -> &mut Option<NameStack>,
) {
    // SAFETY: the caller's promise.
    if let Some(ssl) = unsafe { connection(ssl) } {
        // SAFETY: as above.
        let names = unsafe { NameStack::from_ptr(names) };
        drop(std::mem::replace(list(&mut ssl.authorities.borrow_mut()), names));
    }
}

/// Adds the subjects that a stack of C's does not have yet.
///
/// # Safety
/// `stack` is a live stack of names.
unsafe fn add_subjects(stack: *mut stack_st_X509_NAME, certificates: &[x509::X509]) -> bool {
    // SAFETY: the caller's promise; the stack remains C's.
    let Some(mut list) = (unsafe { NameStack::from_ptr(stack) }).map(std::mem::ManuallyDrop::new) else {
        return false;
    };
    let mut known: HashSet<_> = list.to_der().into_iter().collect();
    certificates.iter().all(|certificate| {
        certificate.subject().is_some_and(|subject| !known.insert(subject.to_der()) || list.push(subject))
    })
}

/// All certificates of a PEM file; `None` when it can't be opened.
///
/// # Safety
/// `file` is NULL or a C string.
unsafe fn certificates_in(file: *const c_char) -> Option<Vec<x509::X509>> {
    // SAFETY: the caller's promise.
    let file = unsafe { File::open(file, &Library::default()) }?;
    Some(std::iter::from_fn(|| file.pem_x509(Password::NONE)).collect())
}

/// Adds the subject of a certificate to the names that peers should choose their
/// certificate by: 1, or 0 on failure and for NULL. `SSL_CTX_add1_to_CA_list(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add1_to_CA_list(ctx: *mut SSL_CTX, x: *const X509) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { add_to_context(ctx, x, |lists| &mut lists.any) })
}

/// As [`SSL_CTX_add1_to_CA_list`], to the list that only servers send.
/// `SSL_CTX_add_client_CA(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_client_CA(ctx: *mut SSL_CTX, x: *mut X509) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { add_to_context(ctx, x, |lists| &mut lists.for_clients) })
}

/// The list of `SSL_CTX_set0_CA_list`, borrowed; NULL if there is none, and for
/// NULL. `SSL_CTX_get0_CA_list(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_CA_list(ctx: *const SSL_CTX) -> *const stack_st_X509_NAME {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        ctx.map_or(std::ptr::null(), |ctx| ctx.trust.authorities(|lists| pointer(lists.any.as_ref())))
    })
}

/// The verification parameters, borrowed; what is set in them holds for
/// connections made from now on. NULL for NULL. `SSL_CTX_get0_param(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_param(ctx: *mut SSL_CTX) -> *mut X509_VERIFY_PARAM {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { context_param(ctx) }.map_or(std::ptr::null_mut(), VerifyParam::as_ptr)
    })
}

/// The store of trusted certificates, borrowed; NULL for NULL.
/// `SSL_CTX_get_cert_store(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_cert_store(a: *const SSL_CTX) -> *mut X509_STORE {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { trusted(a) }.map_or(std::ptr::null_mut(), |(store, _)| store.as_ptr())
    })
}

/// The list of `SSL_CTX_set_client_CA_list`, borrowed; NULL if there is none, and
/// for NULL. `SSL_CTX_get_client_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_client_CA_list(s: *const SSL_CTX) -> *mut stack_st_X509_NAME {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(s) };
        ctx.map_or(std::ptr::null_mut(), |ctx| ctx.trust.authorities(|lists| pointer(lists.for_clients.as_ref())))
    })
}

/// The verify callback; NULL if there is none, and for NULL.
/// `SSL_CTX_get_verify_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_callback(ctx: *const SSL_CTX) -> SSL_verify_cb {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }.and_then(|ctx| ctx.settings(|s| s.verify_callback).map(Callback::to_c)))
}

/// How many issuers a chain may have; -1 when not set. `SSL_CTX_get_verify_depth(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_depth(ctx: *const SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe { context_param(ctx) }.map_or(-1, VerifyParam::depth))
}

/// The `SSL_VERIFY_*` flags; 0 for NULL. `SSL_CTX_get_verify_mode(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_mode(ctx: *const SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map_or(0, |ctx| ctx.settings(|s| s.verify_mode.number())))
}

/// Trusts the certificates of a hashed directory, looked up when needed: 1, or 0
/// with the reason on the queue.
/// `SSL_CTX_load_verify_dir(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `CApath` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_dir(ctx: *mut SSL_CTX, CApath: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx).is_some_and(|(store, _)| store.load_dir(CApath)) }.into())
}

/// Trusts the certificates of a PEM file: 1, or 0 with the reason on the queue.
/// `SSL_CTX_load_verify_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `CAfile` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_file(ctx: *mut SSL_CTX, CAfile: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx).is_some_and(|(store, library)| store.load_file(CAfile, library)) }.into())
}

/// Trusts a PEM file, a hashed directory, or both: 1, or 0 if both are NULL or one
/// can't be loaded. `SSL_CTX_load_verify_locations(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, the others NULL or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_locations(
    ctx: *mut SSL_CTX,
    CAfile: *const c_char,
    CApath: *const c_char,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some((store, library)) = (unsafe { trusted(ctx) }) else {
            return 0;
        };
        if CAfile.is_null() && CApath.is_null() {
            return 0;
        }
        // SAFETY: as above.
        let loaded = unsafe {
            (CAfile.is_null() || store.load_file(CAfile, library)) && (CApath.is_null() || store.load_dir(CApath))
        };
        loaded.into()
    })
}

/// Trusts what an OSSL_STORE URI names: 1, or 0 with the reason on the queue.
/// `SSL_CTX_load_verify_store(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `CAstore` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_store(ctx: *mut SSL_CTX, CAstore: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx).is_some_and(|(store, library)| store.load_uri(CAstore, library)) }.into())
}

/// Sets the names that peers should choose their certificate by. The list becomes
/// the context's. `SSL_CTX_set0_CA_list(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `name_list` is NULL or given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_CA_list(ctx: *mut SSL_CTX, name_list: *mut stack_st_X509_NAME) {
    // SAFETY: the caller's promise.
    guard((), || unsafe { set_of_context(ctx, name_list, |lists| &mut lists.any) })
}

/// Replaces the store of trusted certificates; adds a reference.
/// `SSL_CTX_set1_cert_store(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX, `b` NULL or a live store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set1_cert_store(a: *mut SSL_CTX, b: *mut X509_STORE) {
    guard((), || {
        // SAFETY: the caller's promise.
        let (ctx, store) = unsafe { (context(a), X509Store::share_ptr(b)) };
        replace_store(ctx, store);
    })
}

/// Takes over all that is set in `vpm`: 1, or 0 on failure and for a NULL context.
/// `SSL_CTX_set1_param(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `vpm` NULL or live parameters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set1_param(ctx: *mut SSL_CTX, vpm: *mut X509_VERIFY_PARAM) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context_param(ctx).is_some_and(|param| param.set1(vpm)) }.into())
}

/// Replaces the store of trusted certificates; the reference becomes the context's.
/// NULL: an empty store. `SSL_CTX_set_cert_store(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX; `b` is NULL or a store given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_store(a: *mut SSL_CTX, b: *mut X509_STORE) {
    guard((), || {
        // SAFETY: the caller's promise.
        let (ctx, store) = unsafe { (context(a), X509Store::from_ptr(b)) };
        replace_store(ctx, store);
    })
}

fn replace_store(ctx: Option<&Context>, store: Option<X509Store>) {
    if let Some((ctx, store)) = ctx.zip(store.or_else(X509Store::new)) {
        drop(ctx.trust.replace_store(store));
    }
}

/// Is called to verify the peer in place of libcrypto's `X509_verify_cert`, with
/// `arg`. It answers whether it is content, and sets the error of its argument.
/// NULL: libcrypto's again. `SSL_CTX_set_cert_verify_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback may be called with `arg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_verify_callback(
    ctx: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(*mut X509_STORE_CTX, *mut c_void) -> c_int>,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|callbacks| callbacks.cert_verify = WithArg::from_c(cb, arg));
        }
    })
}

/// Sets the names that a server sends with its request for a certificate. The list
/// becomes the context's. `SSL_CTX_set_client_CA_list(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `name_list` is NULL or given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_CA_list(ctx: *mut SSL_CTX, name_list: *mut stack_st_X509_NAME) {
    // SAFETY: the caller's promise.
    guard((), || unsafe { set_of_context(ctx, name_list, |lists| &mut lists.for_clients) })
}

/// Trusts libcrypto's default directory, if it is there: 1, or 0 when memory runs out and
/// for NULL. `SSL_CTX_set_default_verify_dir(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_dir(ctx: *mut SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx) }.is_some_and(|(store, _)| store.set_default(DefaultTrust::Dir)).into())
}

/// Trusts libcrypto's default file, if it is there: 1, or 0 when memory runs out and
/// for NULL. `SSL_CTX_set_default_verify_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_file(ctx: *mut SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx) }.is_some_and(|(store, _)| store.set_default(DefaultTrust::File)).into())
}

/// Trusts libcrypto's default file, directory and store: 1, or 0 when memory runs
/// out and for NULL. `SSL_CTX_set_default_verify_paths(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_paths(ctx: *mut SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx) }.is_some_and(|(store, library)| store.set_default_paths(library)).into())
}

/// Trusts libcrypto's default store, if it is there: 1, or 0 when memory runs out and
/// for NULL. `SSL_CTX_set_default_verify_store(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_store(ctx: *mut SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { trusted(ctx) }.is_some_and(|(store, _)| store.set_default(DefaultTrust::Store)).into())
}

/// The purpose (`X509_PURPOSE_*`) that the peer's certificate must serve: 1, or 0
/// for an unknown one and for NULL. `SSL_CTX_set_purpose(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_purpose(ctx: *mut SSL_CTX, purpose: c_int) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context_param(ctx) }.is_some_and(|param| param.set_purpose(purpose)).into())
}

/// The trust (`X509_TRUST_*`) that a root must have: 1, or 0 for an unknown one and
/// for NULL. `SSL_CTX_set_trust(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_trust(ctx: *mut SSL_CTX, trust: c_int) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context_param(ctx) }.is_some_and(|param| param.set_trust(trust)).into())
}

/// How peers are verified (`SSL_VERIFY_*`), and who is asked about each certificate
/// and each error; NULL: nobody. `SSL_CTX_set_verify(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_verify(ctx: *mut SSL_CTX, mode: c_int, callback: SSL_verify_cb) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update(|settings| {
                settings.verify_mode = VerifyMode::new(mode);
                settings.verify_callback = Callback::from_c(callback);
            });
        }
    })
}

/// How many issuers a chain may have. `SSL_CTX_set_verify_depth(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_verify_depth(ctx: *mut SSL_CTX, depth: c_int) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(param) = unsafe { context_param(ctx) } {
            param.set_depth(depth);
        }
    })
}

/// One more name that the peer's certificate may be for. An IP address is taken as
/// one; there can be only one of these. 1, or 0 on failure and for a NULL SSL.
/// `SSL_add1_host(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL, `hostname` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add1_host(s: *mut SSL, hostname: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(param) = (unsafe { connection_param(s) }) else {
            return 0;
        };
        // SAFETY: as above; libcrypto itself says whether it is an address.
        let added = unsafe {
            let address = !hostname.is_null() && VerifyParam::new().is_some_and(|probe| probe.set1_ip(hostname));
            match address {
                true => !param.has_ip() && param.set1_ip(hostname),
                false => param.add1_host(hostname),
            }
        };
        added.into()
    })
}

/// As [`SSL_CTX_add1_to_CA_list`], to an SSL's own list. `SSL_add1_to_CA_list(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add1_to_CA_list(ssl: *mut SSL, x: *const X509) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { add_to_connection(ssl, x, |lists| &mut lists.any) })
}

/// As [`SSL_CTX_add_client_CA`], to an SSL's own list. `SSL_add_client_CA(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `x` NULL or a live certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_client_CA(ssl: *mut SSL, x: *mut X509) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { add_to_connection(ssl, x, |lists| &mut lists.for_clients) })
}

/// Adds the subjects of all certificates in the files of a directory to a list,
/// each once: 1, or 0 with the reason on the queue.
/// `SSL_add_dir_cert_subjects_to_stack(3)`.
///
/// # Safety
/// `stackCAs` is NULL (an error) or a live stack, `dir` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_dir_cert_subjects_to_stack(
    stackCAs: *mut stack_st_X509_NAME,
    dir: *const c_char,
) -> c_int {
    const MAX_PATH: usize = 1024;
    guard(0, || {
        if stackCAs.is_null() || dir.is_null() {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        }
        // SAFETY: the caller's promise.
        let path = unsafe { CStr::from_ptr(dir) };
        let entries = match std::fs::read_dir(std::ffi::OsStr::from_bytes(path.to_bytes())) {
            Ok(entries) => entries,
            Err(error) => {
                err::raise_lib(err::ERR_LIB_SYS, error.raw_os_error().unwrap_or(0));
                err::raise(err::ERR_R_SYS_LIB);
                return 0;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            if path.to_bytes().len() + entry.file_name().len() + 2 > MAX_PATH {
                err::raise(reason::PATH_TOO_LONG);
                return 0;
            }
            let path = entry.path();
            if path.is_dir() {
                continue;
            }
            let Ok(file) = CString::new(path.into_os_string().into_vec()) else {
                continue;
            };
            // SAFETY: as above.
            let added = unsafe { certificates_in(file.as_ptr()) }
                .is_some_and(|certificates| unsafe { add_subjects(stackCAs, &certificates) });
            if !added {
                return 0;
            }
            err::clear();
        }
        1
    })
}

/// Adds the subjects of all certificates of a PEM file to a list, each once: 1, or
/// 0 with the reason on the queue. `SSL_add_file_cert_subjects_to_stack(3)`.
///
/// # Safety
/// `stackCAs` is NULL (an error) or a live stack, `file` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_file_cert_subjects_to_stack(
    stackCAs: *mut stack_st_X509_NAME,
    file: *const c_char,
) -> c_int {
    guard(0, || {
        if stackCAs.is_null() {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        }
        // SAFETY: the caller's promise.
        let certificates = unsafe { certificates_in(file) };
        // SAFETY: as above.
        let added = certificates.is_some_and(|certificates| unsafe { add_subjects(stackCAs, &certificates) });
        if added {
            err::clear();
        }
        added.into()
    })
}

/// As [`SSL_add_file_cert_subjects_to_stack`], from an OSSL_STORE URI.
/// `SSL_add_store_cert_subjects_to_stack(3)`.
///
/// # Safety
/// `stackCAs` is NULL (an error) or a live stack, `uri` NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_store_cert_subjects_to_stack(
    stackCAs: *mut stack_st_X509_NAME,
    uri: *const c_char,
) -> c_int {
    guard(0, || {
        if stackCAs.is_null() || uri.is_null() {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        }
        // SAFETY: the caller's promise.
        let certificates = unsafe { store::certificates_at(uri, 1) };
        // SAFETY: as above.
        let added = certificates.is_some_and(|certificates| unsafe { add_subjects(stackCAs, &certificates) });
        if added {
            err::clear();
        }
        added.into()
    })
}

/// A copy of a list and its names, the caller's to free; an empty one for NULL.
/// NULL when memory runs out. `SSL_dup_CA_list(3)`.
///
/// # Safety
/// `sk` is NULL or a live stack of names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dup_CA_list(sk: *const stack_st_X509_NAME) -> *mut stack_st_X509_NAME {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { NameStack::copy_ptr(sk) }.map_or(std::ptr::null_mut(), NameStack::into_ptr)
    })
}

/// The SSL's own list, or else its context's, borrowed; NULL if there is none, and
/// for NULL. `SSL_get0_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_CA_list(s: *const SSL) -> *const stack_st_X509_NAME {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else {
            return std::ptr::null();
        };
        let own = pointer(ssl.authorities.borrow().any.as_ref());
        if own.is_null() {
            return ssl.context.borrow().trust.authorities(|lists| pointer(lists.any.as_ref()));
        }
        own
    })
}

/// The verification parameters, borrowed: for this SSL only. NULL for NULL.
/// `SSL_get0_param(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_param(ssl: *mut SSL) -> *mut X509_VERIFY_PARAM {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { connection_param(ssl) }.map_or(std::ptr::null_mut(), VerifyParam::as_ptr)
    })
}

/// The names that a server sent with its request for a certificate, borrowed until
/// the next handshake; NULL if it has not asked, and for NULL.
/// `SSL_get0_peer_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_CA_list(s: *const SSL) -> *const stack_st_X509_NAME {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { connection(s) }.map_or(std::ptr::null_mut(), |ssl| ssl.peer_authority_names()).cast_const()
    })
}

/// The peer's certificate, borrowed as long as the connection and its session; NULL
/// if it showed none, and for NULL. `SSL_get0_peer_certificate(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_certificate(s: *const SSL) -> *mut X509 {
    // SAFETY: the caller's promise; the chain keeps the certificate alive.
    guard(std::ptr::null_mut(), || unsafe { peer_certificate(s) }.map_or(std::ptr::null_mut(), |x509| x509.as_ptr()))
}

/// The name that verification found in the peer's certificate, borrowed; NULL
/// without one, and for NULL. `SSL_get0_peername(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peername(s: *mut SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    guard(std::ptr::null(), || unsafe { connection_param(s) }.map_or(std::ptr::null(), VerifyParam::peername))
}

/// As [`SSL_get0_peer_certificate`], with a reference added, the caller's to free.
/// `SSL_get1_peer_certificate(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_peer_certificate(s: *const SSL) -> *mut X509 {
    // SAFETY: the caller's promise.
    guard(std::ptr::null_mut(), || unsafe { peer_certificate(s) }.map_or(std::ptr::null_mut(), |x509| x509.into_ptr()))
}

/// # Safety
/// `ssl` is NULL (no error) or a live SSL.
unsafe fn peer_certificate(ssl: *const SSL) -> Option<x509::X509> {
    // SAFETY: the caller's promise.
    unsafe { borrow::<Connection>(ssl) }?.peer_certificate()
}

/// On a server the list that it will send, on a client the one it was sent;
/// borrowed. NULL if there is none, and for NULL. `SSL_get_client_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_CA_list(s: *const SSL) -> *mut stack_st_X509_NAME {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else {
            return std::ptr::null_mut();
        };
        if ssl.role.get() == Role::Client {
            return ssl.peer_authority_names();
        }
        let own = pointer(ssl.authorities.borrow().for_clients.as_ref());
        if own.is_null() {
            return ssl.context.borrow().trust.authorities(|lists| pointer(lists.for_clients.as_ref()));
        }
        own
    })
}

/// The index at which a verify callback finds the SSL
/// (`X509_STORE_CTX_get_ex_data`). `SSL_get_ex_data_X509_STORE_CTX_idx(3)`.
///
/// # Safety
/// None.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ex_data_X509_STORE_CTX_idx() -> c_int {
    guard(-1, store::ssl_index)
}

/// The certificates that the peer sent, borrowed as long as the connection and its
/// session; a server's list lacks the peer's own. NULL if there is none, and for
/// NULL. `SSL_get_peer_cert_chain(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_cert_chain(s: *const SSL) -> *mut stack_st_X509 {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { borrow::<Connection>(s) }) else {
            return std::ptr::null_mut();
        };
        let chain = ssl.peer_certificates().filter(|chain| chain.is_complete());
        let shown = chain.as_deref().and_then(|chain| match ssl.role.get() {
            Role::Server => chain.issuers(),
            _ => chain.stack(),
        });
        shown.map_or(std::ptr::null_mut(), X509Stack::as_ptr)
    })
}

/// As [`SSL_CTX_get_verify_callback`], for an SSL. `SSL_get_verify_callback(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_callback(s: *const SSL) -> SSL_verify_cb {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { connection(s) }.and_then(|ssl| ssl.settings.borrow().verify_callback).map(Callback::to_c))
}

/// As [`SSL_CTX_get_verify_depth`], for an SSL. `SSL_get_verify_depth(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_depth(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe { connection_param(s) }.map_or(-1, VerifyParam::depth))
}

/// As [`SSL_CTX_get_verify_mode`], for an SSL. `SSL_get_verify_mode(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_mode(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map_or(0, |ssl| ssl.settings.borrow().verify_mode.number()))
}

/// What verification of the peer found (`X509_V_*`): `X509_V_OK` also when there
/// was nothing to verify. `SSL_get_verify_result(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_result(ssl: *const SSL) -> c_long {
    // SAFETY: the caller's promise.
    guard(1, || unsafe { connection(ssl) }.map_or(1, |ssl| ssl.verify_result.get()))
}

/// The subjects of all certificates of a PEM file, each once: a list that is the
/// caller's to free, or NULL with the reason on the queue.
/// `SSL_load_client_CA_file(3)`.
///
/// # Safety
/// `file` is NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_load_client_CA_file(file: *const c_char) -> *mut stack_st_X509_NAME {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let certificates = unsafe { certificates_in(file) }.filter(|certificates| !certificates.is_empty());
        let Some((certificates, list)) = certificates.zip(NameStack::new()) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the list is alive.
        if !unsafe { add_subjects(list.as_ptr(), &certificates) } {
            return std::ptr::null_mut();
        }
        err::clear();
        list.into_ptr()
    })
}

/// As [`SSL_load_client_CA_file`]; names need nothing of a library context.
/// `SSL_load_client_CA_file_ex(3)`.
///
/// # Safety
/// `file` is NULL (an error) or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_load_client_CA_file_ex(
    file: *const c_char,
    _libctx: *mut OSSL_LIB_CTX,
    _propq: *const c_char,
) -> *mut stack_st_X509_NAME {
    // SAFETY: the caller's promise.
    unsafe { SSL_load_client_CA_file(file) }
}

/// As [`SSL_CTX_set0_CA_list`], for an SSL. `SSL_set0_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `name_list` is NULL or given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_CA_list(s: *mut SSL, name_list: *mut stack_st_X509_NAME) {
    // SAFETY: the caller's promise.
    guard((), || unsafe { set_of_connection(s, name_list, |lists| &mut lists.any) })
}

/// The only name that the peer's certificate may be for; NULL: any. An IP address
/// is taken as one. 1, or 0 on failure and for a NULL SSL. `SSL_set1_host(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL, `hostname` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set1_host(s: *mut SSL, hostname: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(param) = (unsafe { connection_param(s) }) else {
            return 0;
        };
        // SAFETY: as above.
        let set = unsafe { !hostname.is_null() && param.set1_ip(hostname) || param.set1_host(hostname) };
        set.into()
    })
}

/// As [`SSL_CTX_set1_param`], for an SSL. `SSL_set1_param(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `vpm` NULL or live parameters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set1_param(ssl: *mut SSL, vpm: *mut X509_VERIFY_PARAM) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection_param(ssl).is_some_and(|param| param.set1(vpm)) }.into())
}

/// As [`SSL_CTX_set_client_CA_list`], for an SSL. `SSL_set_client_CA_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `name_list` is NULL or given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_client_CA_list(s: *mut SSL, name_list: *mut stack_st_X509_NAME) {
    // SAFETY: the caller's promise.
    guard((), || unsafe { set_of_connection(s, name_list, |lists| &mut lists.for_clients) })
}

/// How names are compared (`X509_CHECK_FLAG_*`). `SSL_set_hostflags(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_hostflags(s: *mut SSL, flags: c_uint) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(param) = unsafe { connection_param(s) } {
            param.set_hostflags(flags);
        }
    })
}

/// As [`SSL_CTX_set_purpose`], for an SSL. `SSL_set_purpose(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_purpose(ssl: *mut SSL, purpose: c_int) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection_param(ssl) }.is_some_and(|param| param.set_purpose(purpose)).into())
}

/// As [`SSL_CTX_set_trust`], for an SSL. `SSL_set_trust(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_trust(ssl: *mut SSL, trust: c_int) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection_param(ssl) }.is_some_and(|param| param.set_trust(trust)).into())
}

/// As [`SSL_CTX_set_verify`], for an SSL; a NULL callback leaves the one there is.
/// `SSL_set_verify(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify(s: *mut SSL, mode: c_int, callback: SSL_verify_cb) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ssl) = unsafe { connection(s) } {
            let mut settings = ssl.settings.borrow_mut();
            settings.verify_mode = VerifyMode::new(mode);
            settings.verify_callback = Callback::from_c(callback).or(settings.verify_callback);
        }
    })
}

/// As [`SSL_CTX_set_verify_depth`], for an SSL. `SSL_set_verify_depth(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify_depth(s: *mut SSL, depth: c_int) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(param) = unsafe { connection_param(s) } {
            param.set_depth(depth);
        }
    })
}

/// Replaces what verification of the peer found (`X509_V_*`).
/// `SSL_set_verify_result(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify_result(ssl: *mut SSL, v: c_long) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ssl) = unsafe { connection(ssl) } {
            ssl.verify_result.set(v);
        }
    })
}

/// Refused: there is no post-handshake authentication. The answer is that of a
/// server whose client has not offered it: always 0, with the reason on the
/// queue. `SSL_verify_client_post_handshake(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_verify_client_post_handshake(s: *mut SSL) -> c_int {
    const TLS1_3: u16 = 0x0304;
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else {
            return 0;
        };
        err::raise(if ssl.negotiated.borrow().version != TLS1_3 {
            reason::WRONG_SSL_VERSION
        } else if ssl.role.get() == Role::Client {
            reason::NOT_SERVER
        } else if !ssl.state.get().is_finished() {
            reason::STILL_IN_INIT
        } else {
            reason::EXTENSION_NOT_RECEIVED
        });
        0
    })
}
