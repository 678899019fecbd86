//! The handshake's transcript, where rustls and the wire see different messages.
//!
//! Some messages are changed between rustls and the wire (`connection::rewrite`).
//! Both ends must hash what travelled, so the hash functions of our cipher suites
//! put that in the place of what rustls read or wrote. Connections that change
//! nothing hash with the provider's own contexts.

use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};

use super::{current, mint};
use crate::connection::rewrite::Use;

/// A hash function that follows the wire.
pub struct WireHash(pub &'static dyn Hash);

impl Hash for WireHash {
    fn start(&self) -> Box<dyn Context> {
        let rewrites = || current::with(|connection| connection.rewrites.is_active()).unwrap_or(false);
        match !mint::in_progress() && rewrites() {
            true => Box::new(WireContext(self.0.start())),
            false => self.0.start(),
        }
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.0.hash(data)
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct WireContext(Box<dyn Context>);

impl Context for WireContext {
    fn fork_finish(&self) -> Output {
        self.0.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.fork()))
    }

    fn finish(self: Box<Self>) -> Output {
        self.0.finish()
    }

    fn update(&mut self, data: &[u8]) {
        match on_the_wire(data) {
            Some(wire) => self.0.update(&wire),
            None => self.0.update(data),
        }
    }
}

/// Handshake messages as they travelled; `None` when they are as rustls has them.
pub fn on_the_wire(messages: &[u8]) -> Option<Vec<u8>> {
    // To change them may be for the program's callbacks.
    current::connection_if(|connection| connection.rewrites.is_active())?.wire_view(messages, Use::Hash)
}
