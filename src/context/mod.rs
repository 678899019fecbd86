//! `SSL_CTX`: what is configured, and what its connections share.

pub mod alpn;
pub mod callbacks;
pub mod chain;
pub mod cipher;
pub mod cipher_list;
mod cipher_table;
pub mod conf;
pub mod custom_ext;
pub mod groups;
pub mod identity;
pub mod method;
pub mod security;
pub mod serverinfo;
pub mod settings;
pub mod sigalgs;
pub mod srtp;
pub mod trust;
pub mod verify_mode;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use crate::connection::Inherited;
use crate::connection::client_hello::extension::SIGNED_CERTIFICATE_TIMESTAMP;
use crate::engine::config::Configs;
use crate::ffi::types::SSL_CTX;
use crate::ffi::{Object, Ref};
use crate::libcrypto::ct::Logs;
use crate::libcrypto::dane::Digests;
use crate::libcrypto::engine::ClientCertEngine;
use crate::libcrypto::ex_data::{Class, ExData};
use crate::libcrypto::library::Library;
use crate::session::cache::{self, Cache};
use crate::session::ticket_keys;
use crate::sync::{Mutex, OnceLock, RwLock};

pub use callbacks::Callbacks;
use callbacks::InfoCallback;
use cipher::CipherStack;
use custom_ext::{CustomExtension, ext};
pub use identity::Identity;
pub use method::Method;
use security::Judge;
pub use settings::Settings;
use trust::Trust;

/// An `SSL_CTX`. Threads share it: everything that can change sits behind a
/// lock, which is never held while C code runs.
pub struct Context {
    /// The application's data.
    pub ex_data: ExData,
    /// Where its certificates, keys and tickets get their algorithms from.
    pub library: Library,
    /// Whom it trusts.
    pub trust: Trust,
    settings: settings::OfContext,
    callbacks: RwLock<Callbacks>,
    inherited: RwLock<Inherited>,
    /// Whether there is an info callback, which connections ask for at every turn.
    has_info: AtomicBool,
    /// The list of ciphers, as C was given it.
    pub cipher_stack: CipherStack,
    /// The session cache, its configuration and its statistics.
    pub sessions: Cache,
    /// The keys of the tickets that its servers give.
    pub ticket_keys: ticket_keys::Keys,
    /// The digests of DANE, once it is enabled.
    pub dane: OnceLock<Arc<Digests>>,
    /// `DANE_FLAG_*` that connections start with.
    pub dane_flags: AtomicU64,
    logs: Mutex<Option<Arc<Logs>>>,
    client_cert_engine: Mutex<Option<Arc<ClientCertEngine>>>,
    /// SRTP profiles, which only DTLS would offer.
    pub srtp: srtp::Profiles,
    /// rustls configurations, by what they consist of.
    pub configs: Configs,
}

impl Object for Context {
    type C = SSL_CTX;

    fn finalize(&self) {
        // First: the remove callback may look at the application's data.
        cache::flush(self, 0);
        self.ex_data.release(self.as_ptr());
    }
}

impl Context {
    /// A new context for `method` with OpenSSL's defaults.
    pub fn new(method: &'static Method, library: Library) -> Option<Ref<Self>> {
        crate::reason::load_strings();
        let this = Ref::new(Self {
            ex_data: ExData::new(Class::SslCtx),
            trust: Trust::new()?,
            settings: settings::OfContext::new(Settings { method, ..Settings::default() }),
            callbacks: RwLock::new(Callbacks::default()),
            inherited: RwLock::new(Inherited::default()),
            has_info: AtomicBool::new(false),
            cipher_stack: CipherStack::default(),
            sessions: Cache::default(),
            library: library.clone(),
            ticket_keys: ticket_keys::Keys::random(&library)?,
            dane: OnceLock::new(),
            dane_flags: AtomicU64::new(0),
            logs: Mutex::new(Some(Arc::new(Logs::new(&library)?))),
            client_cert_engine: Mutex::default(),
            srtp: srtp::Profiles::default(),
            configs: Configs::default(),
        });
        this.ex_data.init(this.as_ptr()).then_some(this)
    }

    /// The C pointer that programs know this context by; a borrow.
    pub fn as_ptr(&self) -> *mut SSL_CTX {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The settings as `SSL_new` takes them over.
    pub fn shared_settings(&self) -> Arc<Settings> {
        self.settings.now()
    }

    /// Reads the settings. `read` must not call into C.
    pub fn settings<R>(&self, read: impl FnOnce(&Settings) -> R) -> R {
        self.settings.read(read)
    }

    /// Changes the settings. `change` must not call into C.
    pub fn update<R>(&self, change: impl FnOnce(&mut Settings) -> R) -> R {
        self.settings.update(change)
    }

    /// Changes the identity that `SSL_new` copies. `change` may call into C: no
    /// lock is held while it runs.
    pub fn change_identity<R>(&self, change: impl FnOnce(&mut Identity) -> R) -> R {
        let mut identity = self.settings(|s| s.identity.clone());
        let result = change(Arc::make_mut(&mut identity));
        let old = self.update(|s| std::mem::replace(&mut s.identity, identity));
        drop(old);
        result
    }

    /// Adds an extension that programs, or their certificates, bring along; `false` for a
    /// type that the library handles itself, or that was added already.
    pub fn add_custom_extension(&self, extension: CustomExtension) -> bool {
        let scts = extension.kind == SIGNED_CERTIFICATE_TIMESTAMP;
        let judged = scts && extension.context & ext::CLIENT_HELLO != 0 && self.inherited().ct.function.is_some();
        let built_in = !scts && custom_ext::is_built_in(extension.kind);
        !judged && !built_in && self.update(|s| s.custom_extensions.add(extension))
    }

    /// Who judges for this context.
    pub fn judge(&self) -> Judge {
        let (level, callback) = self.settings(|s| (s.security_level, s.security_callback));
        Judge::new(level, callback, std::ptr::null(), self.as_ptr())
    }

    /// The logs of Certificate Transparency that are known.
    pub fn logs(&self) -> Option<Arc<Logs>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces them.
    pub fn set_logs(&self, logs: Option<Logs>) {
        let new = logs.map(Arc::new);
        let old = std::mem::replace(&mut *self.logs.lock().unwrap_or_else(PoisonError::into_inner), new);
        drop(old);
    }

    /// The engine that finds client certificates.
    pub fn client_cert_engine(&self) -> Option<Arc<ClientCertEngine>> {
        self.client_cert_engine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the engine that finds client certificates.
    pub fn set_client_cert_engine(&self, engine: ClientCertEngine) {
        let new = Some(Arc::new(engine));
        let old = std::mem::replace(&mut *self.client_cert_engine.lock().unwrap_or_else(PoisonError::into_inner), new);
        drop(old);
    }

    /// The callbacks as they are now; the lock is free again when they run.
    pub fn callbacks(&self) -> Callbacks {
        *self.callbacks.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The callbacks that `SSL_new` copies.
    pub fn inherited(&self) -> Inherited {
        *self.inherited.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the callbacks that `SSL_new` copies.
    pub fn update_inherited<R>(&self, change: impl FnOnce(&mut Inherited) -> R) -> R {
        let mut inherited = self.inherited.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut inherited);
        self.has_info.store(inherited.info.is_some(), Ordering::Release);
        result
    }

    /// The info callback.
    pub fn info_callback(&self) -> Option<InfoCallback> {
        self.has_info.load(Ordering::Acquire).then(|| self.inherited().info).flatten()
    }

    /// Changes the callbacks.
    pub fn update_callbacks<R>(&self, change: impl FnOnce(&mut Callbacks) -> R) -> R {
        change(&mut self.callbacks.write().unwrap_or_else(PoisonError::into_inner))
    }
}
