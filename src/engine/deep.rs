//! What of rustls's provider takes much of a stack, on a stack of its own.

use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::sign::Signer;
use rustls::{ContentType, Error, NamedGroup, ProtocolVersion, SignatureScheme};

use super::current;
use crate::ffi::second_stack;
use crate::libcrypto::err;
use crate::reason::alert;

/// Runs `work`; without memory for a stack the handshake fails.
fn deeply<R>(work: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    second_stack::run(work).unwrap_or_else(|| {
        current::with(|connection| {
            connection.failure.set(Some((err::ERR_R_MALLOC_FAILURE, alert::INTERNAL_ERROR)));
            connection.tap.alert_override.set(Some(alert::INTERNAL_ERROR));
        });
        // Of the errors that may come from here, the one for which rustls sends an alert.
        Err(Error::InappropriateMessage { expect_types: Vec::new(), got_type: ContentType::Handshake })
    })
}

/// A group whose arithmetic takes much of a stack.
#[derive(Debug)]
pub struct DeepGroup(pub &'static dyn SupportedKxGroup);

impl SupportedKxGroup for DeepGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(DeepExchange(deeply(|| self.0.start())?)))
    }

    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        deeply(|| self.0.start_and_complete(peer))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.0.ffdhe_group()
    }

    fn name(&self) -> NamedGroup {
        self.0.name()
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        self.0.usable_for_version(version)
    }
}

struct DeepExchange(Box<dyn ActiveKeyExchange>);

impl ActiveKeyExchange for DeepExchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        deeply(|| self.0.complete(peer))
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        self.0.hybrid_component()
    }

    fn complete_hybrid_component(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        deeply(|| self.0.complete_hybrid_component(peer))
    }

    fn pub_key(&self) -> &[u8] {
        self.0.pub_key()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.0.ffdhe_group()
    }

    fn group(&self) -> NamedGroup {
        self.0.group()
    }
}

/// A private key of aws-lc-rs's, which makes room for signatures longer than any.
#[derive(Debug)]
pub struct DeepSigner(pub Box<dyn Signer>);

impl Signer for DeepSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        deeply(|| self.0.sign(message))
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}
