//! Application data and the end of a connection: `SSL_read`, `SSL_write`,
//! `SSL_shutdown`.

use libc::c_int;

use super::early_data::Call;
use super::info;
use super::io::{Stop, clear_system_error};
use super::{Connection, RECEIVED_SHUTDOWN, Role, SENT_SHUTDOWN, Want};
use crate::engine::Progress;
use crate::libcrypto::err;
use crate::reason;

const SSL_MODE_ENABLE_PARTIAL_WRITE: u32 = 1;
const SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER: u32 = 2;
const SSL_MODE_AUTO_RETRY: u32 = 4;
const SSL_MODE_RELEASE_BUFFERS: u32 = 0x10;
/// Records that one call encrypts before it writes them out together.
const BATCH: usize = 4 * 16384;

/// A write that was encrypted but not sent in full: it must be repeated.
#[derive(Clone, Copy, Debug)]
pub struct PendingWrite {
    address: usize,
    /// Bytes of the program's buffer that are sent once the output is.
    accepted: usize,
}

impl Connection {
    /// `SSL_read`: the count, or why not.
    pub fn read(&self, target: &mut [u8]) -> Result<usize, Stop> {
        self.receive(target, false)
    }

    /// `SSL_peek`: the count, or why not. After `SSL_renegotiate`, a peek at no bytes is how
    /// programs (mod_ssl) have it take place; waiting for the peer, they would wait in vain.
    pub fn peek(&self, target: &mut [u8]) -> Result<usize, Stop> {
        if target.is_empty() && self.refused_renegotiation.get() {
            self.want.set(Want::Nothing);
            err::raise(reason::NO_RENEGOTIATION);
            return Err(Stop::Failed);
        }
        self.receive(target, true)
    }

    fn receive(&self, target: &mut [u8], peek: bool) -> Result<usize, Stop> {
        if self.role.get() == Role::Undecided {
            err::raise(reason::UNINITIALIZED);
            return Err(Stop::Failed);
        }
        if self.shutdown.get() & RECEIVED_SHUTDOWN != 0 {
            self.want.set(Want::Nothing);
            return Err(Stop::Ended);
        }
        self.early_data_permits(Call::Read)?;
        self.resume_handshake(Call::Read);
        clear_system_error();
        if self.state.get().in_init {
            self.handshake().map_err(Stop::of_handshake)?;
        }
        self.want.set(Want::Nothing);
        if self.buffers.pending() > 0 {
            return Ok(self.take_plaintext(target, peek));
        }
        if self.close_notify_received.get() {
            // Nothing comes after it, whatever the program has set: what does come would pile up.
            return Err(self.peer_closed());
        }
        // rustls may not have worked on all that was read.
        let mut read = self.buffers.has_no_input() && !self.is_paused();
        loop {
            // A message that is changed is looked at when it is read, others when rustls has them.
            let early = self.early_data.stage.get();
            if read {
                self.release_buffers();
                if self.read_data()? {
                    self.send_if_due();
                    return Ok(self.take_plaintext(target, peek));
                }
                self.read_record()?;
            }
            read = true;
            let mut nothing = [];
            let direct = if peek { &mut nothing[..] } else { &mut target[..] };
            self.took_non_data.set(false);
            let before = self.buffers.pending();
            let (filled, progress) = self.process(direct)?;
            self.check_failure()?;
            if self.is_paused() {
                self.after_early_record(filled + self.buffers.pending() - before, early)?;
            }
            self.send_if_due();
            if filled > 0 {
                return Ok(filled);
            }
            if self.buffers.pending() > 0 {
                return Ok(self.take_plaintext(target, peek));
            }
            if progress == Progress::PeerClosed {
                return Err(self.peer_closed());
            }
            if target.is_empty() && self.buffers.has_pending() && self.shutdown.get() & RECEIVED_SHUTDOWN != 0 {
                return Ok(0);
            }
            if self.settings.borrow().mode & SSL_MODE_AUTO_RETRY == 0 && self.took_non_data.get() {
                // So that `SSL_get_error` says it may be called again.
                if let Some(bio) = self.rbio().as_deref() {
                    bio.set_retry_read();
                }
                self.want.set(Want::Reading);
                return Err(Stop::Want(Want::Reading));
            }
        }
    }

    fn take_plaintext(&self, target: &mut [u8], peek: bool) -> usize {
        self.buffers.take_plaintext(target, peek, self.wipes_plaintext())
    }

    /// Sends a key update or an alert that reading made due. What can't be sent now goes
    /// before the next write: reading never waits for it, nor for a write that the program
    /// has to repeat, or two ends that both write would wait for each other.
    fn send_if_due(&self) {
        if self.buffers.has_output() && self.pending_write.get().is_none() {
            err::set_mark();
            let _ = self.flush_records();
            err::pop_to_mark();
            self.want.set(Want::Nothing);
        }
    }

    fn release_buffers(&self) {
        if self.settings.borrow().mode & SSL_MODE_RELEASE_BUFFERS != 0 {
            self.buffers.release();
        }
    }

    fn peer_closed(&self) -> Stop {
        if self.tap.received_alert.get() == Some((2, 0)) && self.negotiated.borrow().version != 0x0304 {
            return self.alert_received(0);
        }
        self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
        self.close_notify_received.set(true);
        self.want.set(Want::Nothing);
        Stop::Ended
    }

    /// `SSL_write`: the count, or why not.
    pub fn write(&self, data: &[u8]) -> Result<usize, Stop> {
        if self.role.get() == Role::Undecided {
            err::raise(reason::UNINITIALIZED);
            return Err(Stop::Failed);
        }
        if self.shutdown.get() & SENT_SHUTDOWN != 0 {
            self.want.set(Want::Nothing);
            err::raise(reason::PROTOCOL_IS_SHUTDOWN);
            return Err(Stop::Failed);
        }
        self.early_data_permits(Call::Write)?;
        self.resume_handshake(Call::Write);
        clear_system_error();
        self.want.set(Want::Nothing);
        if self.pending_write.get().is_some_and(|pending| pending.accepted > data.len()) {
            return Err(self.bad_retry(reason::BAD_LENGTH));
        }
        if self.state.get().in_init {
            self.handshake().map_err(Stop::of_handshake)?;
        }
        self.want.set(Want::Nothing);
        let mode = self.settings.borrow().mode;
        let mut done = 0;
        if let Some(pending) = self.pending_write.get() {
            let moved = pending.address != data.as_ptr() as usize && mode & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER == 0;
            if moved {
                return Err(self.bad_retry(reason::BAD_WRITE_RETRY));
            }
            self.flush_records()?;
            self.pending_write.set(None);
            // Where a part is enough, another record still goes with it.
            done = pending.accepted;
        } else {
            self.flush_records()?;
        }
        let partial = mode & SSL_MODE_ENABLE_PARTIAL_WRITE != 0;
        let most = if partial { self.most_sent() } else { BATCH };
        while done < data.len() {
            let piece = &data[done..data.len().min(done + most)];
            self.protect(piece)?;
            done += piece.len();
            if let Err(stop) = self.flush_records() {
                self.pending_write.set(Some(PendingWrite { address: data.as_ptr() as usize, accepted: done }));
                return Err(stop);
            }
            if partial {
                break;
            }
        }
        self.release_buffers();
        Ok(done)
    }

    /// A write was repeated with something else. OpenSSL's alert never leaves, as
    /// it waits for the pending write.
    fn bad_retry(&self, reason: c_int) -> Stop {
        err::raise(reason);
        self.spoil_session();
        self.set_failed();
        Stop::Failed
    }

    /// `SSL_shutdown`: 1 when both ends closed, 0 when ours did, negative on
    /// failure or when it must be called again.
    pub fn shut_down(&self) -> c_int {
        if self.role.get() == Role::Undecided {
            err::raise(reason::UNINITIALIZED);
            return -1;
        }
        if self.state.get().in_init {
            err::raise(reason::SHUTDOWN_WHILE_IN_INIT);
            return -1;
        }
        let both = SENT_SHUTDOWN | RECEIVED_SHUTDOWN;
        if self.settings.borrow().quiet_shutdown != 0 {
            self.shutdown.set(both);
            return 1;
        }
        clear_system_error();
        self.prepare_to_wait();
        if self.shutdown.get() & SENT_SHUTDOWN == 0 {
            self.shutdown.set(self.shutdown.get() | SENT_SHUTDOWN);
            let _ = self.with_engine(&mut [], |engine, io| engine.close(io));
            self.want.set(Want::Nothing);
            if self.flush_alert().is_err() {
                return -1;
            }
        } else if self.buffers.has_output() {
            if self.flush_alert().is_err() {
                return -1;
            }
        } else if self.shutdown.get() & RECEIVED_SHUTDOWN == 0 {
            if let Err(stop) = self.await_close_notify() {
                if self.shutdown.get() & RECEIVED_SHUTDOWN == 0 {
                    return match stop {
                        Stop::Ended => -1,
                        other => other.code(),
                    };
                }
            }
        }
        c_int::from(self.shutdown.get() & both == both)
    }

    fn flush_alert(&self) -> Result<(), Stop> {
        self.flush_records()?;
        let bio = self.wbio();
        if let Some(bio) = bio {
            bio.flush();
        }
        self.info(info::WRITE_ALERT, 0x100);
        Ok(())
    }

    /// Reads until close_notify; application data ends the wait as OpenSSL
    /// ends it.
    fn await_close_notify(&self) -> Result<(), Stop> {
        loop {
            if self.buffers.pending() > 0 {
                return Err(self.fatal(None, reason::APPLICATION_DATA_AFTER_CLOSE_NOTIFY));
            }
            let (_, progress) = self.process(&mut [])?;
            if progress == Progress::PeerClosed {
                self.peer_closed();
                return Ok(());
            }
            if self.buffers.pending() > 0 {
                continue;
            }
            self.read_record()?;
        }
    }
}
