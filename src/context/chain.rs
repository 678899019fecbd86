//! Building the chain that is sent with a certificate: `SSL_CTX_build_cert_chain`.

use super::identity::Identity;
use super::security::Judge;
use crate::libcrypto::err;
use crate::libcrypto::library::Library;
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::store::{Verification, X509Store, error_string};
use crate::reason;

/// `SSL_BUILD_CHAIN_FLAG_UNTRUSTED`: the chain that is there may help.
const UNTRUSTED: u32 = 1;
/// `SSL_BUILD_CHAIN_FLAG_NO_ROOT`: leave out a self-signed end.
const NO_ROOT: u32 = 2;
/// `SSL_BUILD_CHAIN_FLAG_CHECK`: use the chain that is there and nothing else.
const CHECK: u32 = 4;
/// `SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR`: a chain that can't be verified will do.
const IGNORE_ERROR: u32 = 8;
/// `SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR`: and nobody hears of it.
const CLEAR_ERROR: u32 = 0x10;

/// A chain for the current certificate.
pub struct Built {
    /// The issuers' certificates.
    pub chain: X509Stack,
    /// Whether it could be verified. As in OpenSSL, a chain that has issuers
    /// counts as verified even when errors were to be ignored.
    pub verified: bool,
}

/// Builds the chain of `identity`'s current certificate from its own chain
/// store, or else from `store`. Errors are on the queue.
pub fn build(identity: &Identity, store: X509Store, library: &Library, judge: Judge, flags: u32) -> Option<Built> {
    let slot = identity.current();
    let Some(leaf) = slot.certificate() else {
        err::raise(reason::NO_CERTIFICATE_SET);
        return None;
    };
    let existing = slot.chain();
    let (store, untrusted) = if flags & CHECK != 0 {
        let known = X509Store::new()?;
        let mut certificates = existing.iter().flat_map(|chain| chain.iter()).chain([leaf.clone()]);
        certificates.all(|certificate| known.add(&certificate)).then_some((known, None))?
    } else {
        let untrusted = existing.filter(|_| flags & UNTRUSTED != 0);
        (identity.chain_store.clone().unwrap_or(store), untrusted)
    };
    let verification = Verification::new(store, leaf.clone(), untrusted.map(|chain| &**chain), library)?;
    let verified = verification.verify();
    if !verified && flags & IGNORE_ERROR == 0 {
        let text = format!("Verify error:{}", error_string(verification.error()));
        err::raise_data(reason::CERTIFICATE_VERIFY_FAILED, &text);
        return None;
    }
    if !verified && flags & CLEAR_ERROR != 0 {
        err::clear();
    }
    let chain = issuers(&verification.chain()?, flags & NO_ROOT != 0)?;
    if let Err(reason) = chain.iter().try_for_each(|issuer| judge.check_certificate(&issuer, false)) {
        err::raise(reason);
        return None;
    }
    let verified = verified || !chain.is_empty();
    Some(Built { chain, verified })
}

/// The chain without its first certificate and, if asked, without its root.
fn issuers(chain: &X509Stack, without_root: bool) -> Option<X509Stack> {
    let mut issuers: Vec<_> = chain.iter().skip(1).collect();
    if without_root && issuers.last().is_some_and(|last| last.is_self_signed()) {
        issuers.pop();
    }
    let mut stack = X509Stack::new()?;
    issuers.into_iter().all(|issuer| stack.push(issuer)).then_some(stack)
}
