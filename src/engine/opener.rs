//! Records that are opened before rustls reads them.
//!
//! Where the peer's messages are changed (`connection::reframe`), the decrypter that
//! rustls is given is shared with the connection. The connection opens each record, and
//! gives rustls the messages in records of its own, which are open already.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use rustls::crypto::cipher::{InboundOpaqueMessage, InboundPlainMessage, MessageDecrypter};
use rustls::{ContentType, Error, ProtocolVersion};

use super::record::OpeningKey;
use super::{current, provider};
use crate::connection::Connection;
use crate::secret::Secret;
use crate::sync::{Mutex, MutexGuard};

const HEADER: usize = 5;

/// A key that opens records for the connection and for rustls.
pub struct Opener {
    key: OpeningKey,
    /// What is in the records on their way to rustls that are no peer's: they themselves hold
    /// nothing, so that none of a peer's can be taken for one.
    passed: VecDeque<Secret>,
}

/// What was in a record.
pub struct Opened {
    /// Its content type.
    pub kind: u8,
    /// Its content.
    pub plaintext: Secret,
}

/// The half of an [`Opener`] that rustls has.
pub struct SharedDecrypter(Arc<Mutex<Opener>>);

impl SharedDecrypter {
    /// Shares `key` with the current connection.
    pub fn new(key: OpeningKey) -> Self {
        let opener = Arc::new(Mutex::new(Opener { key, passed: VecDeque::new() }));
        current::with(|connection| connection.rewrites.changes.opener.replace(Some(opener.clone())));
        Self(opener)
    }
}

impl MessageDecrypter for SharedDecrypter {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        _seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        if provider::is_interlude(&message) {
            return Ok(message.into_plain_message_range(0..0));
        }
        let mut opener = lock(&self.0);
        let passed = opener.passed.front().is_some_and(|content| content.len() == message.payload.len());
        if let Some(content) = passed.then(|| opener.passed.pop_front()).flatten() {
            drop(opener);
            message.payload.copy_from_slice(&content);
            current::with(|connection| connection.early_data.on_opened());
            return message.into_tls13_unpadded_message();
        }
        let plain = provider::open(&opener.key, message, None)?;
        drop(opener);
        provider::look_at(plain)
    }
}

/// Opens a record of `connection`'s, which is shown what is in it; `None` when that
/// fails. The record's bytes are used up.
pub fn open(opener: &Mutex<Opener>, record: &mut [u8], connection: &Connection) -> Option<Opened> {
    let record = record.get_mut(HEADER..)?;
    let message = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, record);
    let plain = current::enter(connection.handle(), || {
        let plain = provider::open(&lock(opener).key, message, None)?;
        provider::look_at(plain)
    });
    let plain = plain.ok()?;
    Some(Opened { kind: plain.typ.into(), plaintext: Secret::copy_of(plain.payload) })
}

/// The record for rustls whose content, with its type behind it, is `content`.
pub fn pass(opener: &Mutex<Opener>, content: Secret) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    let mut record = vec![ContentType::ApplicationData.into(), 3, 3, high, low];
    record.resize(HEADER + content.len(), 0);
    lock(opener).passed.push_back(content);
    record
}

fn lock(opener: &Mutex<Opener>) -> MutexGuard<'_, Opener> {
    opener.lock().unwrap_or_else(PoisonError::into_inner)
}
