//! The handshake: `SSL_connect`, `SSL_accept`, `SSL_do_handshake`.

use libc::c_int;

use super::early_data::Call;
use super::info;
use super::io::{Stop, clear_system_error, system_error_is_closed};
use super::state::message;
use super::{Connection, RECEIVED_SHUTDOWN, Role, State, Want};
use crate::context::security::op;
use crate::engine::{self, Engine, Progress};
use crate::libcrypto::err;
use crate::reason;
use crate::session::cache::count;

const SSL_MODE_SEND_FALLBACK_SCSV: u32 = 0x80;
const SSL_OP_NO_TLSV1_2: u64 = 1 << 27;
const SSL_OP_NO_TLSV1_3: u64 = 1 << 29;
/// TLS 1.2
pub const TLS1_2: u16 = 0x0303;
/// TLS 1.3
pub const TLS1_3: u16 = 0x0304;

/// The alert's level and number.
const CLOSE_NOTIFY: (u8, u8) = (1, 0);

impl Connection {
    /// `SSL_do_handshake`: 1 when finished, else 0 or -1.
    pub fn do_handshake(&self) -> c_int {
        self.resume_handshake(Call::Handshake);
        if self.role.get() == Role::Undecided {
            err::raise(reason::CONNECTION_TYPE_NOT_SET);
            return -1;
        }
        match self.handshake() {
            Ok(()) => 1,
            Err(_) if !self.role_fits_method() => 0,
            Err(_) => -1,
        }
    }

    /// Whether the method is one for this end of a connection.
    fn role_fits_method(&self) -> bool {
        let method = self.settings.borrow().method;
        if self.is_server() { method.server } else { method.client }
    }

    /// Brings the handshake to its end, if there is one under way or due.
    pub fn handshake(&self) -> Result<(), Stop> {
        let state = self.state.get();
        if state.failed {
            return Err(Stop::Failed);
        }
        if !state.in_init {
            return Ok(());
        }
        err::clear();
        clear_system_error();
        if !self.role_fits_method() {
            err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
            return Err(Stop::Failed);
        }
        if self.key_update.get().is_some() {
            return self.send_key_update();
        }
        if self.owes_tickets() {
            return self.send_due_tickets();
        }
        let result = self.run();
        let (exit, value) = (
            if self.is_server() { info::ACCEPT_EXIT } else { info::CONNECT_EXIT },
            if result.is_ok() { 1 } else { -1 },
        );
        self.info(exit, value);
        result
    }

    /// `SSL_key_update`: it goes out with the next write or handshake.
    pub fn request_key_update(&self, kind: c_int) {
        self.key_update.set(Some(kind));
        self.state.set(State { in_init: true, ..self.state.get() });
    }

    fn send_key_update(&self) -> Result<(), Stop> {
        if self.key_update.get().is_some() && !self.buffers.has_output() {
            self.state.set(State::OK);
            let (_, updated) = self.with_engine(&mut [], |engine, io| engine.update_keys(io));
            let updated = updated.and_then(|_| self.with_engine(&mut [], |engine, io| engine.process(io)).1);
            self.state.set(State { in_init: true, ..State::OK });
            if let Err(error) = updated {
                return Err(self.engine_failed(&error));
            }
        }
        self.flush()?;
        self.key_update.set(None);
        self.state.set(State::OK);
        Ok(())
    }

    fn run(&self) -> Result<(), Stop> {
        if self.state.get().is_before() && !self.started.replace(true) {
            self.info(info::HANDSHAKE_START, 1);
            self.shutdown.set(0);
            self.reset_for_handshake();
            if !self.settings.borrow().method.is_spoken() {
                let alert = if self.is_server() { 40 } else { 80 };
                return Err(self.fatal(Some(alert), reason::NO_CIPHERS_AVAILABLE));
            }
            self.check_own_version()?;
            self.check_versions()?;
            let counters = &self.session_context.sessions.counters;
            if self.is_server() {
                count(&counters.accept)
            } else {
                count(&counters.connect)
            };
        }
        self.leave_pause();
        loop {
            self.flush_flight()?;
            if self.engine.borrow().is_none() {
                if self.is_server() {
                    if !self.accept_client_hello()? {
                        self.read_handshake_record()?;
                        continue;
                    }
                } else {
                    self.start_client()?;
                    continue;
                }
            }
            let (_, progress) = self.process_or_skip()?;
            self.refuse_unread_early_data()?;
            self.check_failure()?;
            let done = progress != Progress::Handshaking && !self.is_handshaking();
            if done {
                // Everything of ours is on its way before the handshake counts as done.
                if self.finishing.get().is_none() {
                    self.complete()?;
                }
                self.send_handshake_tickets()?;
                self.send_unsent()?;
                self.flush_last()?;
                self.finish();
                return Ok(());
            }
            self.flush_flight()?;
            self.leave_server_flight();
            if self.pauses_for_early_data() {
                self.pause_for_early_data();
                return Ok(());
            }
            self.read_handshake_record()?;
        }
    }

    /// The security callback must allow the method's own version.
    fn check_own_version(&self) -> Result<(), Stop> {
        let version = self.settings.borrow().method.version().unwrap_or(TLS1_3);
        if self.judge().allows_feature(op::VERSION, version.into()) {
            return Ok(());
        }
        Err(self.fatal(None, err::ERR_R_INTERNAL_ERROR))
    }

    /// Something must be enabled to start at all: a version, and on a server a
    /// suite of the highest one.
    fn check_versions(&self) -> Result<(), Stop> {
        let (tls12, tls13) = self.enabled_versions();
        if !tls12 && !tls13 {
            return Err(self.fatal(Some(70), reason::NO_PROTOCOLS_AVAILABLE));
        }
        let fits = |&suite: &u16| (suite >> 8 == 0x13) == tls13;
        if self.is_server() && !self.ciphers().iter().any(fits) {
            return Err(self.fatal(Some(40), reason::NO_CIPHERS_AVAILABLE));
        }
        Ok(())
    }

    /// A ChangeCipherSpec alone waits for the flight or the alert behind it: sent ahead, it would
    /// have TCP hold those back until it is acknowledged.
    fn flush_flight(&self) -> Result<(), Stop> {
        if self.tap.has_late_change() { Ok(()) } else { self.flush() }
    }

    /// Sends what is left. A client may have closed by now: tickets that don't reach it are no
    /// failure of a TLS 1.3 server's.
    fn flush_last(&self) -> Result<(), Stop> {
        let result = self.flush();
        if result == Err(Stop::Failed) && self.tickets_sent.get() > 0 && system_error_is_closed() {
            self.buffers.drop_output();
            self.unflushed.set(false);
            self.want.set(Want::Nothing);
            return Ok(());
        }
        result
    }

    fn read_handshake_record(&self) -> Result<(), Stop> {
        if self.close_notify_received.get() {
            // Nothing comes any more, and the handshake is not finished.
            self.want.set(Want::Reading);
            return Err(Stop::Failed);
        }
        self.read_record()?;
        if self.tap.received_alert.get() == Some(CLOSE_NOTIFY) {
            return Err(self.closed_in_handshake());
        }
        self.check_failure()
    }

    /// The peer has closed before the handshake was finished.
    pub fn closed_in_handshake(&self) -> Stop {
        self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
        self.close_notify_received.set(true);
        self.want.set(Want::Reading);
        Stop::Failed
    }

    /// A failure that was found while looking at a record.
    pub fn check_failure(&self) -> Result<(), Stop> {
        match self.failure.take() {
            Some((reason, alert)) => {
                if self.tap.overlong_hello.take() {
                    self.buffers.drop_output();
                }
                self.settle_state(reason);
                Err(self.fatal(Some(alert), reason))
            }
            None => Ok(()),
        }
    }

    fn is_handshaking(&self) -> bool {
        self.engine.borrow().as_ref().is_none_or(Engine::is_handshaking)
    }

    /// Whether this is the server's end.
    pub fn is_server(&self) -> bool {
        self.role.get() == Role::Server
    }

    /// Whether this is the server's end, or would be if nobody decides.
    pub fn serves(&self) -> bool {
        match self.role.get() {
            Role::Server => true,
            Role::Client => false,
            Role::Undecided => self.settings.borrow().method.server,
        }
    }

    /// The versions that may be negotiated: (TLS 1.2, TLS 1.3).
    pub fn enabled_versions(&self) -> (bool, bool) {
        let (method, options, min, max) = {
            let s = self.settings.borrow();
            (s.method, s.options, s.min_version, s.max_version)
        };
        let judge = self.judge();
        let fixed = method.version();
        let enabled = |version: u16, option: u64| {
            options & option == 0
                && fixed.is_none_or(|fixed| version == fixed)
                && (min == 0 || version >= min)
                && (max == 0 || version <= max)
                && judge.allows_feature(op::VERSION, version.into())
        };
        (enabled(TLS1_2, SSL_OP_NO_TLSV1_2), enabled(TLS1_3, SSL_OP_NO_TLSV1_3))
    }

    /// The negotiated version; before that, the highest that may be negotiated, which is
    /// TLS 1.3 for a server that has not seen a ClientHello, whatever its settings.
    pub fn version_so_far(&self) -> u16 {
        let negotiated = self.negotiated.borrow().version;
        match negotiated {
            0 if self.is_server() => self.settings.borrow().method.version().unwrap_or(TLS1_3),
            0 if self.enabled_versions().1 => TLS1_3,
            0 => TLS1_2,
            version => version,
        }
    }

    /// The choices that both sides' configurations consist of.
    pub fn config_key(&self, side: engine::config::Side) -> Result<engine::config::Key, Stop> {
        let (mut tls12, mut tls13) = self.enabled_versions();
        if let engine::config::Side::Server { .. } = side {
            tls13 &= self.is_tls13_capable();
        }
        if !tls12 && !tls13 {
            return Err(self.fatal(Some(70), reason::NO_PROTOCOLS_AVAILABLE));
        }
        let suites = self.allowed_ciphers();
        let groups = self.allowed_groups();
        let max_fragment = self.send_fragment();
        tls13 &= suites.iter().any(|&suite| suite >> 8 == 0x13);
        tls12 &= suites.iter().any(|&suite| suite >> 8 != 0x13);
        if !tls12 && !tls13 {
            if !self.is_server() {
                return Err(self.nothing_enabled(reason::NO_CIPHERS_AVAILABLE));
            }
            // A server that has some, but is not to use them with this client.
            let refused = !self.ciphers().is_empty();
            let (alert, reason) =
                if refused { (40, reason::NO_SHARED_CIPHER) } else { (80, reason::NO_CIPHERS_AVAILABLE) };
            return Err(self.fatal(Some(alert), reason));
        }
        // rustls would offer the suites of a version that is off.
        let usable = |&suite: &u16| if suite >> 8 == 0x13 { tls13 } else { tls12 };
        let suites = if suites.iter().all(usable) { suites } else { suites.iter().copied().filter(usable).collect() };
        Ok(engine::config::Key { tls12, tls13, suites, groups, max_fragment, side })
    }

    /// A client has none of what its highest version needs.
    fn nothing_enabled(&self, reason: c_int) -> Stop {
        let what = if reason == reason::NO_SUITABLE_GROUPS { "groups" } else { "ciphers" };
        err::raise_data(reason, &format!("No {what} enabled for max supported SSL/TLS version"));
        self.fatal_alert(Some(80))
    }

    fn start_client(&self) -> Result<(), Stop> {
        self.ask_about_compression();
        let tickets = self.uses_tickets() && self.sends_ticket_extension();
        let early_data = self.offers_early_data()?;
        self.follow_fragment_limit();
        let mut key = self.config_key(engine::config::Side::Client { tickets, early_data })?;
        if self.offers_ticket_of_program() {
            key.only_tls12();
        }
        if key.tls13 && key.groups.is_empty() {
            return Err(self.nothing_enabled(reason::NO_SUITABLE_GROUPS));
        }
        self.prepare_offer(&key)?;
        self.prepare_client_extensions()?;
        if self.settings.borrow().mode & SSL_MODE_SEND_FALLBACK_SCSV != 0 && !key.tls13 {
            self.rewrites.signal_fallback();
        }
        let engine = self.new_client_engine(&key)?;
        self.engine.replace(Some(engine));
        // Makes rustls hand over the ClientHello.
        self.process(&mut [])?;
        self.check_failure()
    }

    /// rustls before its ClientHello.
    pub fn new_client_engine(&self, key: &engine::config::Key) -> Result<Engine, Stop> {
        let context = self.context.borrow().clone();
        let Ok(config) = context.configs.client(key) else {
            return Err(self.fatal(Some(80), reason::NO_CIPHERS_AVAILABLE));
        };
        let hostname = self.hostname.borrow().as_ref().and_then(|name| name.to_str().ok().map(str::to_owned));
        let hostname = hostname.filter(|_| self.odd_hostname().is_none());
        let alpn = self.settings.borrow().alpn.clone();
        let started = engine::current::enter(self.handle(), || Engine::client(config, hostname.as_deref(), &alpn));
        started.map_err(|error| self.engine_failed(&error))
    }

    /// The handshake is agreed upon: what was negotiated goes where programs
    /// look for it.
    fn complete(&self) -> Result<(), Stop> {
        let (version, cipher, group, alpn, resumed) = {
            let engine = self.engine.borrow();
            let Some(engine) = engine.as_ref() else { return Err(Stop::Failed) };
            let (version, cipher, group) = engine.negotiated();
            (version, cipher, group, engine.alpn().map(<[u8]>::to_vec).unwrap_or_default(), engine.is_resumed())
        };
        self.reused.set(resumed);
        let group = match self.current_session() {
            // A resumed TLS 1.2 handshake exchanges no keys: the session's did.
            Some(session) if resumed && group == 0 => session.read(|fields| fields.kex_group as u16),
            _ => group,
        };
        {
            let mut negotiated = self.negotiated.borrow_mut();
            negotiated.version = version;
            negotiated.cipher = cipher;
            negotiated.group = group;
            negotiated.alpn = alpn;
        }
        // Otherwise the application was asked when the certificate came.
        if resumed && version == TLS1_3 && !self.is_server() {
            self.check_status().map_err(|failure| self.fatal(Some(failure.alert), failure.reason))?;
        }
        self.finishing.set(Some(()));
        Ok(())
    }

    fn finish(&self) {
        self.complete_session();
        self.hidden.settle();
        if !self.is_server() {
            count(&self.session_context.sessions.counters.connect_good);
        } else if self.tickets_sent.get() == 0 {
            self.count_accepted();
        }
        self.finishing.set(None);
        self.started.set(false);
        self.client_hello.replace(None);
        self.tap.last_message.take();
        self.rewrites.clear();
        self.forget_extensions();
        self.generated_id.clear();
        self.tap.release();
        self.buffers.release();
        self.state.set(State::OK);
        self.want.set(Want::Nothing);
        self.info(info::HANDSHAKE_DONE, 1);
    }

    /// Forgets the last handshake's outcome.
    pub fn reset_for_handshake(&self) {
        self.negotiated.take();
        self.peer_chain.replace(None);
        self.peer_accepted.set(false);
        self.peer_authorities.replace(None);
        self.peer_ca_list.replace(None);
        self.fragment_limit.set(0);
        self.reused.set(false);
        self.tap.clear();
        self.clear_tickets();
        self.tickets_sent.set(0);
        self.key_update.set(None);
        self.incoming_tickets.take();
        self.rewrites.clear();
        self.forget_extensions();
        self.clear_eap_fast();
        self.external_psk.clear();
        self.engine.replace(None);
        self.hidden.clear();
        self.data_keys.clear();
        self.buffers.clear();
        self.failure.set(None);
        self.finishing.set(None);
        self.close_notify_received.set(false);
        self.unflushed.set(false);
        self.state.set(State { message: message::BEFORE, in_init: true, failed: false });
    }
}
