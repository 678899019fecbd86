//! What `SSL_new` copies from an `SSL_CTX` to an `SSL`.

use std::sync::{Arc, PoisonError};

use libc::{c_int, c_long, c_ulong};

use super::callbacks::{SecurityCallback, VerifyCallback, WithArg};
use super::cipher_list::default_ciphers;
use super::custom_ext::CustomExtensions;
use super::identity::Identity;
use super::method::{self, Method, Protocol, TLS1_2, TLS1_3};
use super::verify_mode::VerifyMode;
use crate::cell::{Ref, RefCell, RefMut};
use crate::sync::{OnceLock, RwLock};

/// An application's session id context: at most 32 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct IdContext {
    bytes: [u8; 32],
    len: u8,
}

impl IdContext {
    /// The longest context.
    pub const MAX: usize = 32;

    /// `None` when `bytes` is too long.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut this = Self::default();
        this.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        this.len = bytes.len() as u8;
        Some(this)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

const OP_NO_COMPRESSION: u64 = 1 << 17;
const OP_ENABLE_MIDDLEBOX_COMPAT: u64 = 1 << 20;
const OP_NO_TLS1_2: u64 = 1 << 27;
const OP_NO_TLS1_3: u64 = 1 << 29;

/// The configuration that an `SSL` starts with: its `SSL_CTX`'s.
///
/// Values that take part in choosing rustls's configuration are hashed into the
/// key under which the context keeps built configurations, so changing one
/// never leaves a stale one in use.
#[derive(Clone)]
pub struct Settings {
    /// The protocols and ends.
    pub method: &'static Method,
    /// `SSL_OP_*`
    pub options: u64,
    /// `SSL_MODE_*`
    pub mode: u32,
    /// The lowest version as configured; 0 means no bound.
    pub min_version: u16,
    /// The highest version as configured; 0 means no bound.
    pub max_version: u16,
    /// TLS 1.3 suites then the others, by code point, in order of preference.
    pub ciphers: Arc<[u16]>,
    /// Whether an `SSL` has a list of its own; otherwise it follows its `SSL_CTX`.
    pub own_ciphers: bool,
    /// Named groups in order of preference; empty means the defaults.
    pub groups: Arc<[u16]>,
    /// Signature algorithms in order of preference; `None` means the defaults.
    pub sigalgs: Option<Arc<[u16]>>,
    /// Signature algorithms that a server asks of its clients.
    pub client_sigalgs: Option<Arc<[u16]>>,
    /// What a client offers, in ALPN's wire form.
    pub alpn: Arc<[u8]>,
    /// Our certificates and keys.
    pub identity: Arc<Identity>,
    /// Extensions that the program adds and reads.
    pub custom_extensions: CustomExtensions,
    /// `SSL_VERIFY_*`
    pub verify_mode: VerifyMode,
    /// The application's verify callback.
    pub verify_callback: Option<VerifyCallback>,
    /// The session id context.
    pub id_context: IdContext,
    /// Tickets that a TLS 1.3 server sends after a full handshake.
    pub num_tickets: usize,
    /// Early data that a server announces in its tickets, bytes.
    pub max_early_data: u32,
    /// Early data that a server reads, bytes.
    pub recv_max_early_data: u32,
    /// Read as much as there is instead of record by record; 0 is not to.
    pub read_ahead: c_int,
    /// Neither send nor wait for close_notify.
    pub quiet_shutdown: c_int,
    /// The largest plaintext of a record, bytes.
    pub max_send_fragment: usize,
    /// What a client asks for: `TLSEXT_max_fragment_length_*`, 0 for nothing.
    pub max_fragment_mode: u8,
    /// Where a write is split among pipelines, bytes.
    pub split_send_fragment: usize,
    /// The most pipelines.
    pub max_pipelines: usize,
    /// The longest certificate message, bytes.
    pub max_cert_list: c_ulong,
    /// The security level, 0 to 5.
    pub security_level: c_int,
    /// The application's judge of what is secure enough.
    pub security_callback: WithArg<SecurityCallback>,
    /// `SSL_CERT_FLAG_*`
    pub cert_flags: u32,
    /// `TLSEXT_STATUSTYPE_*`: what a client asks for; -1 is nothing.
    pub status_type: c_int,
    /// What was found out about them.
    pub derived: Derived,
}

/// What follows from settings whose security level judges: kept, as all connections of an
/// `SSL_CTX` would find it out again. A program's security callback is always asked.
#[derive(Default)]
pub struct Derived {
    /// The groups that may be used.
    pub groups: OnceLock<Arc<[u16]>>,
    /// The signature schemes that a client and a server accept.
    pub sigalgs: [OnceLock<Arc<[u16]>>; 2],
    /// Whether a client and a server accept signatures by RSA, and by elliptic curves.
    pub signature_kinds: [OnceLock<(bool, bool)>; 2],
    /// For a client and a server: which suites may be used.
    pub suites: [OnceLock<Suites>; 2],
}

/// A list of suites, and what of it may be used.
pub struct Suites {
    /// The list.
    pub of: Arc<[u16]>,
    /// Those that may be used.
    pub allowed: Arc<[u16]>,
}

impl Clone for Derived {
    /// A copy of settings is made to be changed.
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The settings of an `SSL_CTX`, which threads share.
pub struct OfContext(RwLock<Arc<Settings>>);

impl OfContext {
    /// Starts with `settings`.
    pub fn new(settings: Settings) -> Self {
        Self(RwLock::new(Arc::new(settings)))
    }

    /// The settings as they are now.
    pub fn now(&self) -> Arc<Settings> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads them.
    pub fn read<R>(&self, read: impl FnOnce(&Settings) -> R) -> R {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes them.
    pub fn update<R>(&self, change: impl FnOnce(&mut Settings) -> R) -> R {
        change(to_change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The settings of an `SSL`: its `SSL_CTX`'s, until it changes them.
pub struct OfConnection(RefCell<Arc<Settings>>);

impl OfConnection {
    /// Starts with what its `SSL_CTX` has now.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self(RefCell::new(settings))
    }

    /// Reads them.
    pub fn borrow(&self) -> Ref<'_, Settings> {
        Ref::map(self.0.borrow(), |settings| &**settings)
    }

    /// Changes them.
    pub fn borrow_mut(&self) -> RefMut<'_, Settings> {
        RefMut::map(self.0.borrow_mut(), to_change)
    }

    /// Replaces them all.
    pub fn replace(&self, settings: Settings) {
        let old = self.0.replace(Arc::new(settings));
        drop(old);
    }
}

fn to_change(settings: &mut Arc<Settings>) -> &mut Settings {
    let settings = Arc::make_mut(settings);
    settings.derived = Derived::default();
    settings
}

impl Default for Settings {
    /// OpenSSL 3.0's defaults, as Debian builds it.
    fn default() -> Self {
        Self {
            method: &method::TLS,
            options: OP_NO_COMPRESSION | OP_ENABLE_MIDDLEBOX_COMPAT,
            mode: 4,
            min_version: 0,
            max_version: 0,
            ciphers: default_ciphers(),
            own_ciphers: false,
            groups: Arc::from([]),
            sigalgs: None,
            client_sigalgs: None,
            alpn: Arc::from([]),
            identity: Arc::default(),
            custom_extensions: CustomExtensions::default(),
            verify_mode: VerifyMode::default(),
            verify_callback: None,
            id_context: IdContext::default(),
            num_tickets: 2,
            max_early_data: 0,
            recv_max_early_data: 16384,
            read_ahead: 0,
            quiet_shutdown: 0,
            max_send_fragment: 16384,
            max_fragment_mode: 0,
            split_send_fragment: 16384,
            max_pipelines: 0,
            max_cert_list: 100 * 1024,
            security_level: 2,
            security_callback: WithArg::default(),
            cert_flags: 0,
            status_type: -1,
            derived: Derived::default(),
        }
    }
}

/// `SSL_CERT_FLAG_SUITEB_128_LOS_ONLY`
pub const SUITEB_128_LOS_ONLY: u32 = 0x10000;
/// `SSL_CERT_FLAG_SUITEB_192_LOS`
pub const SUITEB_192_LOS: u32 = 0x20000;
/// `SSL_CERT_FLAG_SUITEB_128_LOS`
pub const SUITEB_128_LOS: u32 = 0x30000;

impl Settings {
    /// Which level of Suite B is kept to; 0 is none. libcrypto's flags for chains have the same
    /// values.
    pub fn suite_b(&self) -> u32 {
        self.cert_flags & SUITEB_128_LOS
    }

    /// Whether method, bounds and `SSL_OP_NO_*` leave TLS 1.2 or TLS 1.3 in use.
    pub fn version_enabled(&self, version: u16) -> bool {
        let (fits_method, off) = match version {
            TLS1_2 => (matches!(self.method.version(), None | Some(TLS1_2)), OP_NO_TLS1_2),
            TLS1_3 => (self.method.protocol == Protocol::Tls, OP_NO_TLS1_3),
            _ => return false,
        };
        let in_bounds = version >= self.min_version && (self.max_version == 0 || version <= self.max_version);
        fits_method && in_bounds && self.options & off == 0
    }

    /// Sets the lowest version; 0 is no bound. `false` when it is no version,
    /// or not one of TLS.
    pub fn set_min_version(&mut self, version: c_long) -> bool {
        bound(version, self.max_version, self.method, &mut self.min_version)
    }

    /// As [`Self::set_min_version`]: the highest version.
    pub fn set_max_version(&mut self, version: c_long) -> bool {
        bound(version, self.min_version, self.method, &mut self.max_version)
    }
}

/// A method for one version takes bounds and ignores them, and so does every
/// method of TLS with a DTLS version while the `other` bound is unset.
fn bound(version: c_long, other: u16, method: &Method, to: &mut u16) -> bool {
    const SSL3: u16 = 0x0300;
    let Ok(version) = u16::try_from(version) else {
        return false;
    };
    let is_dtls = version == 0x0100 || (0xfefd..=0xff00).contains(&version);
    if is_dtls {
        return other == 0;
    }
    let valid = version == 0 || (SSL3..=TLS1_3).contains(&version);
    if valid && (version == 0 || method.protocol == Protocol::Tls) {
        *to = version;
    }
    valid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_choose_versions() {
        let mut settings = Settings::default();
        assert!(settings.version_enabled(TLS1_2) && settings.version_enabled(TLS1_3));
        assert!(settings.set_min_version(0x0304) && !settings.version_enabled(TLS1_2));
        assert!(settings.set_min_version(0) && settings.set_max_version(0x0303));
        assert!(settings.version_enabled(TLS1_2) && !settings.version_enabled(TLS1_3));
        assert!(!settings.set_min_version(0x0305) && !settings.set_min_version(-1));
        assert!(!settings.set_min_version(0xfefd) && settings.max_version == TLS1_2);
        settings.options |= OP_NO_TLS1_2;
        assert!(!settings.version_enabled(TLS1_2));
    }

    #[test]
    fn a_fixed_method_keeps_its_version() {
        let mut settings = Settings { method: &method::TLS12, ..Settings::default() };
        assert!(settings.set_min_version(0x0304) && settings.min_version == 0);
        assert!(settings.version_enabled(TLS1_2) && !settings.version_enabled(TLS1_3));
    }
}
