//! Application data past rustls: between the program's buffer and the records.
//!
//! rustls does the handshake, and everything that is not application data. It also
//! handles the first record of data under each key, which is how a key comes to be
//! known here; from then on records of data are sealed and opened by that key itself,
//! where they lie. So rustls has sent and seen whatever goes before.

use std::cell::Cell;
use std::sync::Arc;

use super::Connection;
use super::io::{APPLICATION_DATA, Next, Stop};
use crate::cell::RefCell;
use crate::engine::record::{Ahead, MAX_CONTENT, OpeningKey, SealingKey};
use crate::engine::{Engine, Error, Io, Progress};

/// The keys of application data, as far as they may be used past rustls.
#[derive(Default)]
pub struct DataKeys {
    sealing: RefCell<Option<Arc<SealingKey>>>,
    opening: RefCell<Option<Arc<OpeningKey>>>,
    /// The key of what comes, whether or not any data has.
    newest: RefCell<Option<Arc<OpeningKey>>>,
    /// Whether rustls is given [`INTERLUDE`] next.
    interlude: Cell<bool>,
    /// How many KeyUpdates have come since the last.
    updates: Cell<u32>,
    /// The record that rustls is to be given was opened already, in its place.
    opened: Cell<Option<Ahead>>,
}

/// A record that stands for application data of no bytes: too short to be one of the peer's.
/// rustls bears 32 KeyUpdates without data between them, OpenSSL any number.
pub const INTERLUDE: [u8; 6] = [APPLICATION_DATA, 3, 3, 0, 1, 0];
/// So many KeyUpdates come between two of them.
const UPDATES: u32 = 16;

impl DataKeys {
    /// Another key is for what is sent from now on.
    pub fn forget_sealing(&self) {
        self.sealing.take();
    }

    /// Another key is for what comes from now on.
    pub fn forget_opening(&self) {
        self.opening.take();
        self.opened.set(None);
    }

    /// `key` is for what comes from now on.
    pub fn expect_key(&self, key: &Arc<OpeningKey>) {
        self.forget_opening();
        self.newest.replace(Some(key.clone()));
    }

    /// Whether a record of TLS 1.2, which ends the connection, is at least authentic.
    pub fn authenticates(&self, record: &mut [u8]) -> bool {
        let key = self.newest.borrow().clone();
        match (key, record) {
            (Some(key), [kind, major, minor, _, _, body @ ..]) if !key.is_tls13() => {
                key.open(*kind, [*major, *minor], body).is_ok()
            }
            _ => false,
        }
    }

    /// The peer has updated its key.
    pub fn count_update(&self) {
        self.updates.set(self.updates.get() + 1);
    }

    /// Whether rustls has been given [`INTERLUDE`] now.
    pub fn takes_interlude(&self) -> bool {
        self.interlude.take()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.interlude.set(false);
        self.updates.set(0);
        self.newest.take();
        self.forget_sealing();
        self.forget_opening();
    }

    /// The record that was opened ahead of rustls, where one was.
    pub fn take_opened(&self) -> Option<Ahead> {
        self.opened.take()
    }
}

impl Connection {
    /// rustls seals application data with `key`.
    pub fn learn_sealing_key(&self, key: &Arc<SealingKey>) {
        if self.state.get().is_finished() {
            self.data_keys.sealing.replace(Some(key.clone()));
        }
    }

    /// rustls has opened application data with `key`.
    pub fn learn_opening_key(&self, key: &Arc<OpeningKey>) {
        self.tap.forget_warnings();
        if self.state.get().is_finished() {
            self.data_keys.opening.replace(Some(key.clone()));
        }
    }

    /// The most content that a record of data gets.
    pub fn most_sent(&self) -> usize {
        self.send_fragment().min(self.settings.borrow().split_send_fragment).clamp(1, MAX_CONTENT)
    }

    /// Encrypts application data.
    pub fn protect(&self, data: &[u8]) -> Result<(), Stop> {
        for record in data.chunks(self.most_sent()) {
            match self.seal_data(record) {
                Sealed::Yes => continue,
                Sealed::No => {}
                Sealed::Failed => return Err(self.engine_failed(&Error::EncryptError)),
                Sealed::Spent { tls13: true } => self.engine_work(|engine, io| engine.update_keys(io))?,
                Sealed::Spent { tls13: false } => {
                    // As rustls ends a connection that can't have other keys.
                    self.engine_work(|engine, io| engine.close(io))?;
                    return Err(self.engine_failed(&Error::EncryptError));
                }
            }
            self.engine_work(|engine, io| engine.write(record, io))?;
        }
        Ok(())
    }

    fn engine_work(&self, work: impl FnOnce(&mut Engine, &mut Io<'_>) -> Result<Progress, Error>) -> Result<(), Stop> {
        let (_, result) = self.with_engine(&mut [], work);
        result.map(|_| ()).map_err(|error| self.engine_failed(&error))
    }

    /// Seals one record of data past rustls.
    fn seal_data(&self, record: &[u8]) -> Sealed {
        let sealing = self.data_keys.sealing.borrow();
        let Some(key) = &*sealing else { return Sealed::No };
        // One is for the message that announces another key.
        if key.left() <= 1 {
            return Sealed::Spent { tls13: key.is_tls13() };
        }
        if !self.is_plain_traffic() || !self.pads_nothing() || self.engine_has_output() {
            return Sealed::No;
        }
        match key.append_data(record, &mut self.buffers.output.borrow_mut()) {
            true => Sealed::Yes,
            false => Sealed::Failed,
        }
    }

    /// Whether application data may pass that rustls and the program's callbacks don't see.
    fn is_plain_traffic(&self) -> bool {
        self.state.get().is_finished() && !self.shows_messages() && self.buffers.has_no_input()
    }

    fn engine_has_output(&self) -> bool {
        self.engine.borrow().as_ref().is_none_or(Engine::wants_write)
    }

    /// Before rustls sees the next record: it may be one KeyUpdate too many.
    pub fn separate_updates(&self) {
        let keys = &self.data_keys;
        if keys.updates.get() >= UPDATES && self.buffers.has_no_input() && !self.tap.has_partial_message() {
            keys.updates.set(0);
            keys.interlude.set(true);
            self.buffers.add_input(&INTERLUDE);
        }
    }

    /// Reads a record and opens it where it lies: whether there is application data now.
    /// If not, the record is one that rustls must see.
    pub fn read_data(&self) -> Result<bool, Stop> {
        let direct = self.data_keys.opening.borrow().is_some()
            && self.is_plain_traffic()
            && self.fragment_limit.get() == 0
            && !self.close_notify_received.get()
            && !self.tap.has_partial_message();
        if !direct {
            return Ok(false);
        }
        loop {
            match self.buffers.next_record() {
                Next::Data(len) => match self.open_data(len) {
                    Opened::Data => return Ok(true),
                    // rustls counts those that come one after the other, too, but knows nothing
                    // of the data between them.
                    Opened::Empty => self.count_empty(true)?,
                    Opened::Other => return Ok(false),
                },
                Next::Other => return Ok(false),
                Next::Incomplete => self.read_more()?,
            }
        }
    }

    fn open_data(&self, len: usize) -> Opened {
        // Reading may have called the program, which may have done anything.
        let Some(key) = self.data_keys.opening.borrow().clone() else { return Opened::Other };
        let (opened, data) = self.buffers.with_next_record(len, |body| {
            let opened = Ahead::open(key, APPLICATION_DATA, [3, 3], body);
            let data = opened.data(APPLICATION_DATA, body);
            (opened, data)
        });
        match data {
            Some(data) => {
                self.tap.last_record.set((APPLICATION_DATA, len));
                let empty = data.is_empty();
                self.buffers.keep_data(len, data, self.wipes_plaintext());
                if empty { Opened::Empty } else { Opened::Data }
            }
            None => {
                self.data_keys.opened.set(Some(opened));
                Opened::Other
            }
        }
    }
}

/// What was in a record that was opened past rustls.
enum Opened {
    /// Application data, which can be read now.
    Data,
    /// Application data, of no bytes.
    Empty,
    /// What rustls must see.
    Other,
}

/// What came of sealing application data past rustls.
enum Sealed {
    Yes,
    /// rustls has to do it.
    No,
    Failed,
    /// The key has sealed as many records as it may.
    Spent {
        tls13: bool,
    },
}
