//! The records of messages that are changed (`connection::rewrite`).
//!
//! A message that grows or shrinks does not fit the records that it came in, and may
//! lie in several. So in such a handshake the peer's records are opened before rustls
//! reads them, and rustls is given records of whole messages; and what rustls writes is
//! put into records anew. An encrypter of rustls's makes one record of one: where more
//! are due, or none, a placeholder leaves rustls, and they take its place.

use crate::cell::RefCell;

use super::Connection;
use super::extensions::Refusal;
use super::handshake::TLS1_3;
use super::io::{HEADER, MAX_FRAGMENT, Stop};
use super::messages::handshake_type as t;
use super::messages::{Direction, HANDSHAKE, message_len, most_of};
use super::rewrite::{PLACEHOLDER, Use};
use crate::engine::Output;
use crate::engine::opener::{self, Opened};
use crate::secret::Secret;

const APPLICATION_DATA: u8 = 23;

/// What an encrypter makes of what rustls gave it.
#[derive(Default)]
pub struct Outgoing {
    /// Plaintexts of handshake records.
    pub messages: Vec<Vec<u8>>,
    /// An alert behind them, and nothing after it.
    pub alert: Option<u8>,
}

impl Connection {
    /// A record of `len` bytes came in a handshake whose messages are changed: whether
    /// rustls has something to read.
    pub fn receive_rewritten(&self, len: usize) -> Result<bool, Stop> {
        let mut record = self.buffers.first_record(len);
        let kind = record[0];
        if kind == APPLICATION_DATA {
            return self.receive_sealed(&mut record);
        }
        self.on_clear_records(Direction::In, &mut record);
        self.check_failure()?;
        let encrypted = self.tap.changed_in() && self.negotiated.borrow().version != TLS1_3;
        if kind != HANDSHAKE || encrypted {
            self.buffers.take_record(len);
            return Ok(true);
        }
        self.buffers.drop_record(len);
        self.rewrites.changes.incoming.borrow_mut().extend_from_slice(&record[HEADER..]);
        Ok(self.pass_messages(false))
    }

    fn receive_sealed(&self, record: &mut [u8]) -> Result<bool, Stop> {
        let opener = self.rewrites.changes.opener.borrow().clone();
        let opened = opener.map(|opener| opener::open(&opener, record, self));
        self.check_failure()?;
        let Some(Opened { kind, plaintext }) = opened.flatten() else {
            // rustls can't open it either, and knows what that means.
            self.buffers.take_record(record.len());
            return Ok(true);
        };
        self.buffers.drop_record(record.len());
        if kind == HANDSHAKE {
            self.rewrites.changes.incoming.borrow_mut().extend_from_slice(&plaintext);
            return Ok(self.pass_messages(true));
        }
        self.pass_sealed(kind, &plaintext);
        Ok(true)
    }

    /// Gives rustls the messages that are whole, as it is to see them.
    fn pass_messages(&self, sealed: bool) -> bool {
        let mut passed = Vec::new();
        let mut incoming = self.rewrites.changes.incoming.take();
        while let Some(header) = incoming.first_chunk() {
            let len = message_len(*header);
            if len > most_of(header[0]) {
                // rustls refuses it.
                passed.append(&mut incoming);
                break;
            }
            if incoming.len() < len {
                break;
            }
            let message: Vec<u8> = incoming.drain(..len).collect();
            let kind = message[0];
            passed.extend(self.seen_message(message));
            if matches!(kind, t::SERVER_HELLO | t::FINISHED | t::END_OF_EARLY_DATA) {
                // Other keys follow: what is left may not be there, says rustls.
                passed.append(&mut incoming);
            }
        }
        self.rewrites.changes.incoming.replace(incoming);
        for chunk in passed.chunks(MAX_FRAGMENT) {
            match sealed {
                true => self.pass_sealed(HANDSHAKE, chunk),
                false => {
                    let len = (chunk.len() as u16).to_be_bytes();
                    self.buffers.add_input(&[&[HANDSHAKE, 3, 3], &len[..], chunk].concat());
                }
            }
        }
        !passed.is_empty()
    }

    /// Gives rustls a record that was opened already.
    fn pass_sealed(&self, kind: u8, plaintext: &[u8]) {
        let opener = self.rewrites.changes.opener.borrow().clone();
        if let Some(opener) = opener {
            let mut content = Secret::with_capacity(plaintext.len() + 1);
            content.extend_from_slice(plaintext);
            content.push(kind);
            self.buffers.add_input(&opener::pass(&opener, content));
        }
    }

    /// Messages of rustls's that are to be encrypted, as they are sent.
    pub fn reframed(&self, payload: &[u8]) -> Outgoing {
        if self.extensions.refusal_sealed.get() || self.extensions.refusal.get() == Some(Refusal::InClear) {
            return Outgoing::default();
        }
        let messages = self.outgoing_messages(&self.rewrites.changes.to_seal, payload);
        let messages = messages.chunks(self.send_fragment()).map(<[u8]>::to_vec).collect();
        let refused = self.extensions.refusal.get().and(self.failure.get());
        self.extensions.refusal_sealed.set(refused.is_some());
        Outgoing { messages, alert: refused.map(|(_, alert)| alert) }
    }

    /// The messages of rustls's that are whole with `payload`, as they travel; those
    /// ahead of one that must not. The rest is put by.
    fn outgoing_messages(&self, rest: &RefCell<Vec<u8>>, payload: &[u8]) -> Vec<u8> {
        let mut outgoing = rest.take();
        outgoing.extend_from_slice(payload);
        let mut whole = 0;
        while let Some(header) = outgoing[whole..].first_chunk() {
            let len = message_len(*header);
            let last = outgoing.len() - whole < len;
            if last || *self.extensions.refused.borrow() == outgoing[whole..whole + len] {
                break;
            }
            whole += len;
        }
        rest.replace(outgoing.split_off(whole));
        self.wire_view(&outgoing, Use::Send).unwrap_or(outgoing)
    }

    /// Puts the record that is about to leave, from `start` on, into the form in which
    /// it travels.
    pub fn rewrite_records(&self, records: &mut Output, start: usize) {
        if !self.rewrites.writes() {
            return;
        }
        if records[start..] == PLACEHOLDER {
            let sealed = self.rewrites.pop_sealed();
            records.edit(|records| records.splice(start.., sealed).for_each(drop));
            return;
        }
        let in_clear = !self.tap.changed_out() || self.negotiated.borrow().version == TLS1_3;
        if self.extensions.refusal.get() == Some(Refusal::InClear) {
            records.edit(|records| records.truncate(start));
        } else if in_clear && records.get(start) == Some(&HANDSHAKE) {
            let record = records[start..].to_vec();
            let (header, payload) = record.split_at(HEADER);
            let messages = self.outgoing_messages(&self.rewrites.changes.in_clear, payload);
            records.edit(|records| {
                records.truncate(start);
                for chunk in messages.chunks(self.send_fragment()) {
                    records.extend_from_slice(&header[..HEADER - 2]);
                    records.extend((chunk.len() as u16).to_be_bytes());
                    records.extend_from_slice(chunk);
                }
            });
        }
    }
}
