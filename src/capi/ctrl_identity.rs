//! The commands of `SSL_ctrl` and `SSL_CTX_ctrl` on certificates, chains and
//! stores. `SSL_CTX_add1_chain_cert(3)`, `SSL_CTX_set1_verify_cert_store(3)`,
//! `SSL_CTX_add_extra_chain_cert(3)`.

use std::sync::Arc;

use libc::*;

use crate::connection::Connection;
use crate::context::security::Judge;
use crate::context::{Context, Identity, chain};
use crate::ffi::types::*;
use crate::ffi::{self};
use crate::libcrypto::err;
use crate::libcrypto::evp::KeyKind;
use crate::libcrypto::library::Library;
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::store::X509Store;
use crate::libcrypto::x509::X509 as Certificate;

const EXTRA_CHAIN_CERT: c_int = 14;
const GET_EXTRA_CHAIN_CERTS: c_int = 82;
const CLEAR_EXTRA_CHAIN_CERTS: c_int = 83;
const CHAIN: c_int = 88;
const CHAIN_CERT: c_int = 89;
const BUILD_CERT_CHAIN: c_int = 105;
const SET_VERIFY_CERT_STORE: c_int = 106;
const SET_CHAIN_CERT_STORE: c_int = 107;
const GET_CHAIN_CERTS: c_int = 115;
const SELECT_CURRENT_CERT: c_int = 116;
const SET_CURRENT_CERT: c_int = 117;
/// `SSL_CERT_SET_SERVER`, for `SET_CURRENT_CERT`.
const SET_SERVER: c_long = 3;
const GET_VERIFY_CERT_STORE: c_int = 137;
const GET_CHAIN_CERT_STORE: c_int = 138;

/// What has an identity of its own: an `SSL_CTX` or an `SSL`.
pub trait Owner {
    /// The identity as it is now.
    fn identity(&self) -> Arc<Identity>;
    /// Changes it; `change` may call into C.
    fn change(&self, change: &mut dyn FnMut(&mut Identity) -> bool) -> bool;
    /// The kind of the certificate that was shown, of a server that has shown one.
    fn shown(&self) -> Option<KeyKind>;
    /// Who judges what is secure enough.
    fn judge(&self) -> Judge;
    /// The context's store.
    fn store(&self) -> X509Store;
    /// Where certificates get their algorithms from.
    fn library(&self) -> Library;
}

impl Owner for Context {
    fn identity(&self) -> Arc<Identity> {
        self.settings(|s| s.identity.clone())
    }

    fn change(&self, change: &mut dyn FnMut(&mut Identity) -> bool) -> bool {
        self.change_identity(change)
    }

    fn shown(&self) -> Option<KeyKind> {
        None
    }

    fn judge(&self) -> Judge {
        Context::judge(self)
    }

    fn store(&self) -> X509Store {
        self.trust.store()
    }

    fn library(&self) -> Library {
        self.library.clone()
    }
}

impl Owner for Connection {
    fn identity(&self) -> Arc<Identity> {
        self.settings.borrow().identity.clone()
    }

    fn change(&self, change: &mut dyn FnMut(&mut Identity) -> bool) -> bool {
        self.change_identity(change)
    }

    fn shown(&self) -> Option<KeyKind> {
        self.negotiated.borrow().certificate.filter(|_| !self.reused.get())
    }

    fn judge(&self) -> Judge {
        Connection::judge(self)
    }

    fn store(&self) -> X509Store {
        self.context.borrow().trust.store()
    }

    fn library(&self) -> Library {
        Connection::library(self)
    }
}

/// The commands on the identity of `owner`; `None` for other commands.
///
/// # Safety
/// `parg` is what `cmd` needs.
pub unsafe fn identity(owner: &dyn Owner, cmd: c_int, larg: c_long, parg: *mut c_void) -> Option<c_long> {
    let set = |change: &mut dyn FnMut(&mut Identity) -> bool| c_long::from(owner.change(change));
    // SAFETY: in each arm the caller's promise: a stack, a certificate, a store,
    // or where a pointer to one goes.
    Some(unsafe {
        match cmd {
            CHAIN => set_chain(owner, parg.cast(), larg != 0),
            CHAIN_CERT => add_chain_cert(owner, parg.cast(), larg != 0),
            GET_CHAIN_CERTS => {
                ffi::write(parg.cast(), chain_pointer(&owner.identity()));
                1
            }
            BUILD_CERT_CHAIN => build(owner, larg as u32),
            SELECT_CURRENT_CERT => match Certificate::share_ptr(parg.cast()) {
                Some(certificate) => set(&mut |identity| identity.select(&certificate)),
                None => 0,
            },
            SET_CURRENT_CERT if larg == SET_SERVER => {
                owner.shown().is_some_and(|kind| owner.change(&mut |identity| identity.set_current_kind(kind))).into()
            }
            SET_CURRENT_CERT => set(&mut |identity| identity.set_current(larg)),
            SET_VERIFY_CERT_STORE | SET_CHAIN_CERT_STORE => {
                let store: *mut X509_STORE = parg.cast();
                let mut store = if larg != 0 { X509Store::share_ptr(store) } else { X509Store::from_ptr(store) };
                set(&mut |identity| {
                    let place = if cmd == SET_VERIFY_CERT_STORE {
                        &mut identity.verify_store
                    } else {
                        &mut identity.chain_store
                    };
                    *place = store.take();
                    true
                })
            }
            GET_VERIFY_CERT_STORE => give_store(parg.cast(), owner.identity().verify_store.as_ref()),
            GET_CHAIN_CERT_STORE => give_store(parg.cast(), owner.identity().chain_store.as_ref()),
            _ => return None,
        }
    })
}

/// The commands on the chain that a context sends with certificates that have
/// none of their own; `None` for other commands.
///
/// # Safety
/// `parg` is what `cmd` needs.
pub unsafe fn extra_chain(ctx: &Context, cmd: c_int, larg: c_long, parg: *mut c_void) -> Option<c_long> {
    match cmd {
        EXTRA_CHAIN_CERT => {
            let mut extra = ctx.trust.extra_chain().map_or_else(X509Stack::new, |chain| Some((*chain).clone()))?;
            // SAFETY: the caller's promise: a certificate that it gives up.
            let added = unsafe { Certificate::from_ptr(parg.cast()) }.is_some_and(|added| extra.push(added));
            if !added {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                return Some(0);
            }
            ctx.trust.replace_extra_chain(Some(extra));
        }
        GET_EXTRA_CHAIN_CERTS => {
            const EXTRA_ONLY: c_long = 1;
            let extra = ctx.trust.extra_chain().map(|chain| chain.as_ptr());
            let own = || if larg == EXTRA_ONLY { std::ptr::null_mut() } else { chain_pointer(&ctx.identity()) };
            // SAFETY: the caller's promise: where a pointer goes. The chain is
            // kept by the context.
            unsafe { ffi::write(parg.cast(), extra.unwrap_or_else(own)) };
        }
        CLEAR_EXTRA_CHAIN_CERTS => drop(ctx.trust.replace_extra_chain(None)),
        _ => return None,
    }
    Some(1)
}

/// The current certificate's chain, kept by the identity, or NULL.
fn chain_pointer(identity: &Identity) -> *mut stack_st_X509 {
    identity.current().chain().map_or(std::ptr::null_mut(), |chain| chain.as_ptr())
}

/// Replaces the current certificate's chain; `share` leaves C its references.
///
/// # Safety
/// `chain` is NULL or a live stack, given up if not to `share`.
unsafe fn set_chain(owner: &dyn Owner, chain: *mut stack_st_X509, share: bool) -> c_long {
    // SAFETY: the caller's promise.
    let shared = unsafe { X509Stack::share_ptr(chain) };
    let weak = shared
        .iter()
        .flat_map(X509Stack::iter)
        .find_map(|certificate| owner.judge().check_certificate(&certificate, false).err());
    if let Some(reason) = weak {
        err::raise(reason);
        return 0;
    }
    let mut taken = if share {
        shared
    } else {
        // SAFETY: the caller's promise.
        unsafe { X509Stack::from_ptr(chain) }
    };
    owner
        .change(&mut |identity| {
            identity.set_chain(taken.take());
            true
        })
        .into()
}

/// Adds to the current certificate's chain; `share` leaves C its reference.
///
/// # Safety
/// `certificate` is NULL or a live certificate, given up if not to `share`.
unsafe fn add_chain_cert(owner: &dyn Owner, certificate: *mut X509, share: bool) -> c_long {
    // SAFETY: the caller's promise.
    let Some(added) = (unsafe { Certificate::share_ptr(certificate) }) else {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return 0;
    };
    if let Err(reason) = owner.judge().check_certificate(&added, false) {
        err::raise(reason);
        return 0;
    }
    let done = owner.change(&mut |identity| identity.add_to_chain(added.clone()));
    if done && !share {
        // SAFETY: the reference that C gives up.
        drop(unsafe { Certificate::from_ptr(certificate) });
    }
    done.into()
}

/// 1, 2 when an error was ignored, 0 with an error.
fn build(owner: &dyn Owner, flags: u32) -> c_long {
    let Some(built) = chain::build(&owner.identity(), owner.store(), &owner.library(), owner.judge(), flags) else {
        return 0;
    };
    let mut chain = Some(built.chain);
    owner.change(&mut |identity| {
        identity.set_chain(chain.take());
        true
    });
    if built.verified { 1 } else { 2 }
}

/// # Safety
/// `to` is NULL or writable.
unsafe fn give_store(to: *mut *mut X509_STORE, store: Option<&X509Store>) -> c_long {
    // SAFETY: the caller's promise. The store stays the identity's.
    unsafe { ffi::write(to, store.map_or(std::ptr::null_mut(), X509Store::as_ptr)) };
    1
}
