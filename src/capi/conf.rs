//! `SSL_CONF_cmd(3)` and its family, `SSL_CTX_config(3)`.

use std::cell::Cell;
use std::ffi::{CStr, CString};

use libc::*;

use super::certificate::{
    SSL_CTX_use_PrivateKey_file, SSL_CTX_use_certificate_chain_file, SSL_use_PrivateKey_file,
    SSL_use_certificate_chain_file,
};
use super::cipher::{SSL_CTX_set_cipher_list, SSL_CTX_set_ciphersuites, SSL_set_cipher_list, SSL_set_ciphersuites};
use super::ctrl::{SSL_CTX_ctrl, SSL_ctrl};
use super::verify::{
    SSL_CTX_set0_CA_list, SSL_add_dir_cert_subjects_to_stack, SSL_add_file_cert_subjects_to_stack,
    SSL_add_store_cert_subjects_to_stack, SSL_set0_CA_list,
};
use super::{callbacks, extensions, set_session};
use crate::boundary::reentrant;
use crate::cell::RefCell;
use crate::connection::Connection;
use crate::context::conf::{self, Action, Change, Command, Field, ValueType};
use crate::context::{Context, Identity, Settings};
use crate::ffi::types::*;
use crate::ffi::{guard, handle};
use crate::libcrypto::err;
use crate::libcrypto::evp::KeyKind;
use crate::libcrypto::library::Library;
use crate::libcrypto::stack::NameStack;
use crate::libcrypto::store::X509Store;
use crate::reason;

// The section "ssl_conf" of openssl.cnf, which libcrypto has read for us.
unsafe extern "C" {
    fn conf_ssl_name_find(name: *const c_char, index: *mut size_t) -> c_int;
    fn conf_ssl_get(index: size_t, name: *mut *const c_char, count: *mut size_t) -> *const c_void;
    fn conf_ssl_get_cmd(commands: *const c_void, index: size_t, command: *mut *mut c_char, value: *mut *mut c_char);
}

reentrant! {
    fn BIO_new_file(name: *const c_char, mode: *const c_char) -> *mut BIO;
    fn BIO_free(bio: *mut BIO) -> c_int;
    fn PEM_read_bio_Parameters(bio: *mut BIO, x: *mut *mut EVP_PKEY) -> *mut EVP_PKEY;
    fn EVP_PKEY_free(key: *mut EVP_PKEY);
}

const SSL_FILETYPE_PEM: c_int = 1;
const SSL_CTRL_SET_GROUPS_LIST: c_int = 92;
const SSL_CTRL_SET_SIGALGS_LIST: c_int = 98;
const SSL_CTRL_CERT_FLAGS: c_int = 99;
const SSL_CTRL_CLEAR_CERT_FLAGS: c_int = 100;
const SSL_CTRL_SET_CLIENT_SIGALGS_LIST: c_int = 102;

/// Adds to the flags (`SSL_CONF_FLAG_*`) and answers them; 0 for NULL.
/// `SSL_CONF_CTX_set_flags(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_flags(cctx: *mut SSL_CONF_CTX, flags: c_uint) -> c_uint {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { change_flags(cctx, |old| old | flags) })
}

/// Takes flags away and answers the rest; 0 for NULL.
/// `SSL_CONF_CTX_set_flags(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_clear_flags(cctx: *mut SSL_CONF_CTX, flags: c_uint) -> c_uint {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { change_flags(cctx, |old| old & !flags) })
}

/// Does what waits for the end: sets the CA names that were read, and loads
/// the keys that REQUIRE_PRIVATE wants from their certificates' files. 1, or 0
/// when such a key is missing. `SSL_CONF_CTX_new(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX; its SSL or SSL_CTX is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_finish(cctx: *mut SSL_CONF_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { configuration(cctx) }.is_some_and(Configuration::finish).into())
}

/// Frees it; NULL does nothing. `SSL_CONF_CTX_new(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX, which ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_free(cctx: *mut SSL_CONF_CTX) {
    guard((), || {
        if !cctx.is_null() {
            // SAFETY: the caller's promise; it came from SSL_CONF_CTX_new.
            drop(unsafe { Box::from_raw(cctx.cast::<Configuration>()) });
        }
    });
}

/// A new one without flags, prefix or object. `SSL_CONF_CTX_new(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_new() -> *mut SSL_CONF_CTX {
    guard(std::ptr::null_mut(), || Box::into_raw(Box::<Configuration>::default()).cast())
}

/// What names begin with; it is copied, NULL is none. 1, or 0 for no `cctx`.
/// `SSL_CONF_CTX_set1_prefix(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX, `pre` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set1_prefix(cctx: *mut SSL_CONF_CTX, pre: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (this, prefix) = unsafe { (configuration(cctx), string(pre)) };
        this.map(|this| this.prefix.replace(prefix.map(CStr::to_owned))).is_some().into()
    })
}

/// The SSL to configure; no reference is taken, NULL is none.
/// `SSL_CONF_CTX_set_ssl_ctx(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX; `ssl` stays alive while commands run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_ssl(cctx: *mut SSL_CONF_CTX, ssl: *mut SSL) {
    let target = if ssl.is_null() { Target::None } else { Target::Ssl(ssl) };
    // SAFETY: the caller's promise.
    guard((), || unsafe { configuration(cctx) }.map_or((), |this| this.target.set(target)));
}

/// The SSL_CTX to configure; no reference is taken, NULL is none.
/// `SSL_CONF_CTX_set_ssl_ctx(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX; `ctx` stays alive while commands run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_ssl_ctx(cctx: *mut SSL_CONF_CTX, ctx: *mut SSL_CTX) {
    let target = if ctx.is_null() { Target::None } else { Target::Ctx(ctx) };
    // SAFETY: the caller's promise.
    guard((), || unsafe { configuration(cctx) }.map_or((), |this| this.target.set(target)));
}

/// Runs a command. 2 when it used the value, 1 when it has none, 0 when it
/// failed, -2 when there is no such command, -3 when the value is missing.
/// `SSL_CONF_cmd(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX, whose object is alive; the strings
/// are NULL or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd(cctx: *mut SSL_CONF_CTX, cmd: *const c_char, value: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (this, cmd, value) = unsafe { (configuration(cctx), string(cmd), string(value)) };
        let Some(cmd) = cmd else {
            err::raise(reason::INVALID_NULL_CMD_NAME);
            return 0;
        };
        this.map_or(0, |this| this.command(cmd, value))
    })
}

/// Runs the command at the front of an argument list, as [`SSL_CONF_cmd`] of a
/// command line, and moves past what it used. The number of arguments used, 0
/// when the first is no command, -1 when it failed, -3 when its value is
/// missing. Without `pargc` the list ends with a NULL. `SSL_CONF_cmd_argv(3)`.
///
/// # Safety
/// As [`SSL_CONF_cmd`]; `pargv` points to a list of `*pargc` C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd_argv(
    cctx: *mut SSL_CONF_CTX,
    pargc: *mut c_int,
    pargv: *mut *mut *mut c_char,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's promise.
        unsafe {
            let count = pargc.as_ref().copied();
            let (Some(this), false) = (configuration(cctx), pargv.is_null() || (*pargv).is_null()) else {
                return 0;
            };
            let first = if count.is_none_or(|count| count > 0) { **pargv } else { std::ptr::null_mut() };
            if first.is_null() {
                return 0;
            }
            let value = if count.is_none_or(|count| count > 1) { *(*pargv).add(1) } else { std::ptr::null_mut() };
            this.flags.set(this.flags.get() & !conf::FLAG_FILE | conf::FLAG_CMDLINE);
            match SSL_CONF_cmd(cctx, first, value) {
                used if used > 0 => {
                    *pargv = (*pargv).add(used as usize);
                    if let Some(count) = pargc.as_mut() {
                        *count -= used;
                    }
                    used
                }
                -2 => 0,
                0 => -1,
                failure => failure,
            }
        }
    })
}

/// What the value of a command is (`SSL_CONF_TYPE_*`), 0 when there is no such
/// command. `SSL_CONF_cmd_value_type(3)`.
///
/// # Safety
/// `cctx` is NULL or a live SSL_CONF_CTX, `cmd` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd_value_type(cctx: *mut SSL_CONF_CTX, cmd: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { (configuration(cctx), string(cmd)) } {
            (Some(this), Some(cmd)) => this.find(cmd).map_or(0, |command| command.value_type as c_int),
            _ => 0,
        }
    })
}

/// Runs the commands that openssl.cnf has for SSL_CTXs called `name`. 1 when
/// all succeed. `SSL_CTX_config(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `name` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_config(ctx: *mut SSL_CTX, name: *const c_char) -> c_int {
    let target = if ctx.is_null() { Target::None } else { Target::Ctx(ctx) };
    // SAFETY: the caller's promise.
    guard(0, || unsafe { configure(target, name) }.into())
}

/// As [`SSL_CTX_config`], for an SSL. `SSL_CTX_config(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL, `name` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_config(s: *mut SSL, name: *const c_char) -> c_int {
    let target = if s.is_null() { Target::None } else { Target::Ssl(s) };
    // SAFETY: the caller's promise.
    guard(0, || unsafe { configure(target, name) }.into())
}

/// Nothing is left to do: libcrypto has the module. `SSL_CTX_config(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_ssl_module() {}

/// Applies the section "system_default" of openssl.cnf to a new SSL_CTX. What
/// fails there does not stop SSL_CTX_new.
pub fn apply_system_default(ctx: &Context) {
    let target = Target::Ctx(ctx.as_ptr());
    if let Some(section) = Section::find(c"system_default") {
        section.run(target, conf::FLAG_FILE);
    }
}

/// What a configuration works on. No reference is held: it is the program's.
#[derive(Clone, Copy, Default)]
enum Target {
    #[default]
    None,
    Ctx(*mut SSL_CTX),
    Ssl(*mut SSL),
}

/// An `SSL_CONF_CTX`. Reading a key may call the program's password callback,
/// so every field is a cell that is free while a command runs.
#[derive(Default)]
struct Configuration {
    flags: Cell<c_uint>,
    prefix: RefCell<Option<CString>>,
    target: Cell<Target>,
    ca_names: RefCell<Option<NameStack>>,
    /// The last certificate file for each kind of key.
    certificate_files: RefCell<Vec<(KeyKind, CString)>>,
}

impl Configuration {
    fn find(&self, name: &CStr) -> Option<&'static Command> {
        let prefix = self.prefix.borrow();
        conf::find(self.flags.get(), prefix.as_ref().map(|prefix| prefix.to_bytes()), name.to_bytes())
    }

    fn command(&self, name: &CStr, value: Option<&CStr>) -> c_int {
        let show_errors = self.flags.get() & conf::FLAG_SHOW_ERRORS != 0;
        let Some(command) = self.find(name) else {
            if show_errors {
                err::raise_data(reason::UNKNOWN_CMD_NAME, &format!("cmd={}", self.bare(name)));
            }
            return -2;
        };
        if let Action::Switch(change) = command.action {
            self.change(change);
            return 1;
        }
        if value.is_some_and(|value| self.run(command, value)) {
            return 2;
        }
        if show_errors {
            let shown = value.map_or("<EMPTY>".into(), CStr::to_string_lossy);
            err::raise_data(reason::BAD_VALUE, &format!("cmd={}, value={shown}", self.bare(name)));
        }
        if value.is_some() { 0 } else { -3 }
    }

    /// The name as errors show it: without the prefix, if it has it.
    fn bare(&self, name: &CStr) -> String {
        let prefix = self.prefix.borrow();
        let prefix = prefix.as_ref().map(|prefix| prefix.to_bytes());
        let bare = conf::without_prefix(self.flags.get(), prefix, name.to_bytes());
        String::from_utf8_lossy(bare.unwrap_or(name.to_bytes())).into_owned()
    }

    fn run(&self, command: &Command, value: &CStr) -> bool {
        let target = self.target.get();
        match command.action {
            Action::Switch(change) => {
                self.change(change);
                true
            }
            Action::Flags(table) => {
                conf::for_each_flag(table, self.flags.get(), value.to_bytes(), |change| self.change(change))
            }
            Action::SignatureAlgorithms => target.list(SSL_CTRL_SET_SIGALGS_LIST, value),
            Action::ClientSignatureAlgorithms => target.list(SSL_CTRL_SET_CLIENT_SIGALGS_LIST, value),
            Action::Groups => target.list(SSL_CTRL_SET_GROUPS_LIST, value),
            Action::EcdhParameters => self.ecdh_parameters(value),
            Action::CipherString => target.call(value, SSL_CTX_set_cipher_list, SSL_set_cipher_list),
            Action::Ciphersuites => target.call(value, SSL_CTX_set_ciphersuites, SSL_set_ciphersuites),
            Action::MinProtocol => self.bound(value, Settings::set_min_version),
            Action::MaxProtocol => self.bound(value, Settings::set_max_version),
            Action::Certificate => self.certificate(value),
            Action::PrivateKey => target.private_key(value),
            Action::ServerInfoFile => match target {
                // SAFETY: the target is alive while commands run.
                Target::Ctx(ctx) => unsafe { extensions::SSL_CTX_use_serverinfo_file(ctx, value.as_ptr()) > 0 },
                _ => true,
            },
            Action::TrustStore { verify } => target.store(verify, command.value_type, value),
            Action::CaNames => self.add_ca_names(command.value_type, value),
            Action::DhParameters => target.dh_parameters(value),
            Action::RecordPadding => {
                target.number(value, callbacks::SSL_CTX_set_block_padding, callbacks::SSL_set_block_padding)
            }
            Action::NumTickets => {
                target.number(value, set_session::SSL_CTX_set_num_tickets, set_session::SSL_set_num_tickets)
            }
        }
    }

    fn change(&self, change: Change) {
        let target = self.target.get();
        let Change { field, bits, on } = change;
        match field {
            Field::Options => target.settings(|s| if on { s.options |= bits } else { s.options &= !bits }),
            Field::VerifyMode => {
                let bits = bits as c_int;
                target.settings(|s| s.verify_mode = s.verify_mode.with(bits, on))
            }
            Field::CertFlags => {
                let cmd = if on { SSL_CTRL_CERT_FLAGS } else { SSL_CTRL_CLEAR_CERT_FLAGS };
                target.ctrl(cmd, bits as c_long, std::ptr::null_mut());
                Some(())
            }
        };
    }

    /// One group, or the words by which older versions chose automatically.
    fn ecdh_parameters(&self, value: &CStr) -> bool {
        let (flags, bytes) = (self.flags.get(), value.to_bytes());
        let word = |word: &[u8]| bytes.eq_ignore_ascii_case(word);
        if (flags & conf::FLAG_FILE != 0 && (word(b"+automatic") || word(b"automatic")))
            || (flags & conf::FLAG_CMDLINE != 0 && bytes == b"auto")
        {
            return true;
        }
        if bytes.contains(&b':') {
            return false;
        }
        matches!(self.target.get(), Target::None) || self.target.get().list(SSL_CTRL_SET_GROUPS_LIST, value)
    }

    /// A bound on the version; a DTLS version is valid and bounds nothing here.
    fn bound(&self, value: &CStr, set: fn(&mut Settings, c_long) -> bool) -> bool {
        let Some(version) = conf::protocol(value.to_bytes()) else {
            return false;
        };
        let dtls = version >> 8 == 0xfe;
        self.target.get().settings(|s| dtls || set(s, version.into())).unwrap_or(false)
    }

    fn add_ca_names(&self, kind: ValueType, value: &CStr) -> bool {
        let Some(names) = self.ca_names.take().or_else(NameStack::new) else {
            return false;
        };
        let (stack, value) = (names.as_ptr(), value.as_ptr());
        // SAFETY: the stack is ours, the value a C string.
        let added = unsafe {
            match kind {
                ValueType::Dir => SSL_add_dir_cert_subjects_to_stack(stack, value),
                ValueType::Store => SSL_add_store_cert_subjects_to_stack(stack, value),
                _ => SSL_add_file_cert_subjects_to_stack(stack, value),
            }
        };
        self.ca_names.replace(Some(names));
        added > 0
    }

    fn certificate(&self, file: &CStr) -> bool {
        let target = self.target.get();
        if !target.call(file, SSL_CTX_use_certificate_chain_file, SSL_use_certificate_chain_file) {
            return false;
        }
        let kind = target.settings(|s| s.identity.current_kind());
        let mut files = self.certificate_files.borrow_mut();
        files.retain(|(other, _)| Some(*other) != kind);
        files.extend(kind.map(|kind| (kind, file.to_owned())));
        true
    }

    /// Loads the keys that are missing from the files of their certificates.
    fn require_private(&self) -> bool {
        if self.flags.get() & conf::FLAG_REQUIRE_PRIVATE == 0 {
            return true;
        }
        let (target, files) = (self.target.get(), self.certificate_files.borrow().clone());
        files.iter().all(|(kind, file)| {
            let missing = target.settings(|s| s.identity.slot(*kind).key().is_none()).unwrap_or(false);
            !missing || target.private_key(file)
        })
    }

    fn finish(&self) -> bool {
        if !self.require_private() {
            return false;
        }
        if let Some(names) = self.ca_names.take() {
            // SAFETY: the target is alive; it takes the stack.
            unsafe {
                match self.target.get() {
                    Target::Ctx(ctx) => SSL_CTX_set0_CA_list(ctx, names.into_ptr()),
                    Target::Ssl(ssl) => SSL_set0_CA_list(ssl, names.into_ptr()),
                    Target::None => drop(names),
                }
            }
        }
        true
    }
}

type CtxCall<V> = unsafe extern "C" fn(*mut SSL_CTX, V) -> c_int;
type SslCall<V> = unsafe extern "C" fn(*mut SSL, V) -> c_int;

impl Target {
    /// Changes the settings of the object, if there is one.
    fn settings<R>(self, change: impl FnOnce(&mut Settings) -> R) -> Option<R> {
        // SAFETY: the target is alive while commands run.
        unsafe {
            match self {
                Self::None => None,
                Self::Ctx(ctx) => handle::borrow::<Context>(ctx).map(|ctx| ctx.update(change)),
                Self::Ssl(ssl) => handle::borrow::<Connection>(ssl).map(|ssl| change(&mut ssl.settings.borrow_mut())),
            }
        }
    }

    /// Changes the certificates, keys and stores of the object, if there is one.
    fn change_identity<R>(self, change: impl FnOnce(&mut Identity) -> R) -> Option<R> {
        // SAFETY: the target is alive while commands run.
        unsafe {
            match self {
                Self::None => None,
                Self::Ctx(ctx) => crate::ffi::Ref::<Context>::share_ptr(ctx).map(|ctx| ctx.change_identity(change)),
                Self::Ssl(ssl) => crate::ffi::Ref::<Connection>::share_ptr(ssl).map(|ssl| ssl.change_identity(change)),
            }
        }
    }

    fn library(self) -> Library {
        // SAFETY: the target is alive while commands run.
        unsafe {
            match self {
                Self::None => Library::default(),
                Self::Ctx(ctx) => handle::borrow::<Context>(ctx).map(|ctx| ctx.library.clone()).unwrap_or_default(),
                Self::Ssl(ssl) => handle::borrow::<Connection>(ssl).map(|ssl| ssl.library()).unwrap_or_default(),
            }
        }
    }

    fn ctrl(self, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
        // SAFETY: the target is alive while commands run; `parg` fits `cmd`.
        unsafe {
            match self {
                Self::None => SSL_CTX_ctrl(std::ptr::null_mut(), cmd, larg, parg),
                Self::Ctx(ctx) => SSL_CTX_ctrl(ctx, cmd, larg, parg),
                Self::Ssl(ssl) => SSL_ctrl(ssl, cmd, larg, parg),
            }
        }
    }

    /// A list of names; without an object only its syntax is checked.
    fn list(self, cmd: c_int, value: &CStr) -> bool {
        self.ctrl(cmd, 0, value.as_ptr().cast_mut().cast()) > 0
    }

    fn call(self, value: &CStr, ctx: CtxCall<*const c_char>, ssl: SslCall<*const c_char>) -> bool {
        let value = value.as_ptr();
        // SAFETY: the target is alive while commands run; the value is a C string.
        unsafe {
            match self {
                Self::None => true,
                Self::Ctx(target) => ctx(target, value) > 0,
                Self::Ssl(target) => ssl(target, value) > 0,
            }
        }
    }

    /// A number that is not negative, whose range the functions check.
    fn number(self, value: &CStr, ctx: CtxCall<size_t>, ssl: SslCall<size_t>) -> bool {
        // SAFETY: the target is alive while commands run; the value is a C string.
        unsafe {
            let Ok(number) = size_t::try_from(atoi(value.as_ptr())) else {
                return false;
            };
            match self {
                Self::None => false,
                Self::Ctx(target) => ctx(target, number) > 0,
                Self::Ssl(target) => ssl(target, number) > 0,
            }
        }
    }

    fn private_key(self, file: &CStr) -> bool {
        // SAFETY: the target is alive while commands run.
        unsafe {
            match self {
                Self::None => true,
                Self::Ctx(ctx) => SSL_CTX_use_PrivateKey_file(ctx, file.as_ptr(), SSL_FILETYPE_PEM) > 0,
                Self::Ssl(ssl) => SSL_use_PrivateKey_file(ssl, file.as_ptr(), SSL_FILETYPE_PEM) > 0,
            }
        }
    }

    /// Adds to the store for verifying the peer or for building chains, which
    /// is made when there is none.
    fn store(self, verify: bool, kind: ValueType, value: &CStr) -> bool {
        if matches!(self, Self::None) {
            return true;
        }
        let store = self.change_identity(|identity| {
            let store = if verify { &mut identity.verify_store } else { &mut identity.chain_store };
            *store = store.take().or_else(X509Store::new);
            store.clone()
        });
        let Some(store) = store.flatten() else {
            return false;
        };
        let library = self.library();
        // SAFETY: the value is a C string.
        unsafe {
            match kind {
                ValueType::Dir => store.load_dir(value.as_ptr()),
                ValueType::Store => store.load_uri(value.as_ptr(), &library),
                _ => store.load_file(value.as_ptr(), &library),
            }
        }
    }

    fn dh_parameters(self, file: &CStr) -> bool {
        if matches!(self, Self::None) {
            return true;
        }
        // SAFETY: the BIO and the key are ours; a success takes the key.
        unsafe {
            let bio = BIO_new_file(file.as_ptr(), c"r".as_ptr());
            if bio.is_null() {
                return false;
            }
            let key = PEM_read_bio_Parameters(bio, std::ptr::null_mut());
            BIO_free(bio);
            let taken = !key.is_null()
                && match self {
                    Self::None => false,
                    Self::Ctx(ctx) => callbacks::SSL_CTX_set0_tmp_dh_pkey(ctx, key) > 0,
                    Self::Ssl(ssl) => callbacks::SSL_set0_tmp_dh_pkey(ssl, key) > 0,
                };
            if !taken {
                EVP_PKEY_free(key);
            }
            taken
        }
    }
}

/// The commands that openssl.cnf has under one name.
struct Section {
    commands: *const c_void,
    count: usize,
}

impl Section {
    fn find(name: &CStr) -> Option<Self> {
        let (mut index, mut count, mut found) = (0, 0, std::ptr::null());
        // SAFETY: libcrypto fills in the three; the commands stay until it
        // reads another configuration.
        unsafe {
            if conf_ssl_name_find(name.as_ptr(), &mut index) == 0 {
                return None;
            }
            let commands = conf_ssl_get(index, &mut found, &mut count);
            Some(Self { commands, count })
        }
    }

    /// Runs every command, whatever the others did; whether all succeeded.
    fn run(&self, target: Target, flags: c_uint) -> bool {
        let this = Configuration { target: Cell::new(target), ..Configuration::default() };
        let method = target.settings(|s| s.method);
        let client = if method.is_some_and(|method| method.client) { conf::FLAG_CLIENT } else { 0 };
        let server = if method.is_some_and(|method| method.server) { conf::FLAG_SERVER } else { 0 };
        this.flags.set(flags | client | server);
        let mut good = true;
        for index in 0..self.count {
            let (mut name, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: `index` is below the count; the strings are libcrypto's.
            let (name, value) = unsafe {
                conf_ssl_get_cmd(self.commands, index, &mut name, &mut value);
                (string(name), string(value))
            };
            good &= name.is_some_and(|name| this.command(name, value) > 0);
        }
        this.finish() && good
    }
}

unsafe fn configure(target: Target, name: *const c_char) -> bool {
    if matches!(target, Target::None) {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return false;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { string(name) };
    match name.and_then(Section::find) {
        Some(section) => section.run(target, conf::FLAG_FILE | conf::FLAG_CERTIFICATE | conf::FLAG_REQUIRE_PRIVATE),
        None => {
            let shown = name.map_or("(null)".into(), CStr::to_string_lossy);
            err::raise_data(reason::INVALID_CONFIGURATION_NAME, &format!("name={shown}"));
            false
        }
    }
}

/// The configuration behind a C pointer; NULL is an error.
unsafe fn configuration<'a>(cctx: *mut SSL_CONF_CTX) -> Option<&'a Configuration> {
    // SAFETY: the caller's promise: NULL, or from SSL_CONF_CTX_new and alive.
    let this = unsafe { cctx.cast::<Configuration>().as_ref() };
    if this.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    this
}

unsafe fn change_flags(cctx: *mut SSL_CONF_CTX, change: impl FnOnce(c_uint) -> c_uint) -> c_uint {
    // SAFETY: the caller's promise.
    unsafe { configuration(cctx) }.map_or(0, |this| {
        this.flags.set(change(this.flags.get()));
        this.flags.get()
    })
}

unsafe fn string<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: the caller's promise: NULL or a C string.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}
