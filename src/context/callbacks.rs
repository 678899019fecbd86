//! The C callbacks that are looked up on the `SSL_CTX` when they are due.

use libc::{c_char, c_int, c_uchar, c_uint, c_void};

use crate::boundary::Callback;
use crate::ffi::types::*;

/// `SSL_CTX_set_tlsext_servername_callback`.
pub type ServernameCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_int, *mut c_void) -> c_int>;
/// `SSL_CTX_set_info_callback`.
pub type InfoCallback = Callback<unsafe extern "C" fn(*const SSL, c_int, c_int)>;
/// `SSL_CTX_set_msg_callback`.
pub type MsgCallback = Callback<unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, usize, *mut SSL, *mut c_void)>;
/// `SSL_set_tlsext_debug_callback`.
pub type ExtensionCallback = Callback<unsafe extern "C" fn(*mut SSL, c_int, c_int, *const c_uchar, c_int, *mut c_void)>;
/// `SSL_CTX_set_record_padding_callback`.
pub type PaddingCallback = Callback<unsafe extern "C" fn(*mut SSL, c_int, usize, *mut c_void) -> usize>;
/// `SSL_CTX_sess_set_new_cb`.
pub type NewSessionCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION) -> c_int>;
/// `SSL_CTX_sess_set_remove_cb`.
pub type RemoveSessionCallback = Callback<unsafe extern "C" fn(*mut SSL_CTX, *mut SSL_SESSION)>;
/// `SSL_CTX_sess_set_get_cb`.
pub type GetSessionCallback =
    Callback<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_int) -> *mut SSL_SESSION>;
/// `SSL_CTX_set_tlsext_ticket_key_cb`.
pub type TicketKeyCallback = Callback<
    unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut c_uchar, *mut EVP_CIPHER_CTX, *mut c_void, c_int) -> c_int,
>;
/// `SSL_CTX_set_tlsext_ticket_key_evp_cb`.
pub type TicketKeyEvpCallback = Callback<
    unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut c_uchar, *mut EVP_CIPHER_CTX, *mut EVP_MAC_CTX, c_int) -> c_int,
>;
/// `SSL_CTX_set_cert_verify_callback`.
pub type CertVerifyCallback = Callback<unsafe extern "C" fn(*mut X509_STORE_CTX, *mut c_void) -> c_int>;
/// `SSL_CTX_set_client_cert_cb`.
pub type ClientCertCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut *mut X509, *mut *mut EVP_PKEY) -> c_int>;
/// `SSL_CTX_set_not_resumable_session_callback`.
pub type NotResumableCallback = Callback<unsafe extern "C" fn(*mut SSL, c_int) -> c_int>;
/// `SSL_CTX_set_tlsext_status_cb`.
pub type StatusCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>;
/// `SSL_set_ct_validation_callback`
pub type CtCallback =
    Callback<unsafe extern "C" fn(*const CT_POLICY_EVAL_CTX, *const stack_st_SCT, *mut c_void) -> c_int>;
/// `SSL_CTX_set_cert_cb`.
pub type CertCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>;
/// `SSL_CTX_set_keylog_callback`.
pub type KeylogCallback = Callback<unsafe extern "C" fn(*const SSL, *const c_char)>;

/// `SSL_set_session_secret_cb`.
pub type SessionSecretCallback = Callback<
    unsafe extern "C" fn(
        *mut SSL,
        *mut c_void,
        *mut c_int,
        *mut stack_st_SSL_CIPHER,
        *mut *const SSL_CIPHER,
        *mut c_void,
    ) -> c_int,
>;
/// `SSL_set_session_ticket_ext_cb`.
pub type SessionTicketExtCallback =
    Callback<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_void) -> c_int>;
/// `SSL_CTX_set_allow_early_data_cb`.
pub type AllowEarlyDataCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>;
/// `SSL_CTX_set_security_callback`.
pub type SecurityCallback =
    Callback<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int>;

/// `SSL_CTX_set_alpn_select_cb`.
pub type AlpnSelectCallback = Callback<
    unsafe extern "C" fn(*mut SSL, *mut *const c_uchar, *mut c_uchar, *const c_uchar, c_uint, *mut c_void) -> c_int,
>;
/// `SSL_CTX_set_client_hello_cb`.
pub type ClientHelloCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_int, *mut c_void) -> c_int>;
/// The decrypt half of `SSL_CTX_set_session_ticket_cb`.
pub type DecryptTicketCallback =
    Callback<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION, *const c_uchar, usize, c_int, *mut c_void) -> c_int>;

/// Gives the content of an extension: `SSL_CTX_add_custom_ext`.
pub type AddExtension = Callback<
    unsafe extern "C" fn(
        *mut SSL,
        c_uint,
        c_uint,
        *mut *const c_uchar,
        *mut usize,
        *mut X509,
        usize,
        *mut c_int,
        *mut c_void,
    ) -> c_int,
>;
/// Takes it back.
pub type FreeExtension = Callback<unsafe extern "C" fn(*mut SSL, c_uint, c_uint, *const c_uchar, *mut c_void)>;
/// Reads the peer's.
pub type ParseExtension = Callback<
    unsafe extern "C" fn(
        *mut SSL,
        c_uint,
        c_uint,
        *const c_uchar,
        usize,
        *mut X509,
        usize,
        *mut c_int,
        *mut c_void,
    ) -> c_int,
>;
/// Gives the content of an extension: `SSL_CTX_add_client_custom_ext`.
pub type OldAddExtension =
    Callback<unsafe extern "C" fn(*mut SSL, c_uint, *mut *const c_uchar, *mut usize, *mut c_int, *mut c_void) -> c_int>;
/// Takes it back.
pub type OldFreeExtension = Callback<unsafe extern "C" fn(*mut SSL, c_uint, *const c_uchar, *mut c_void)>;
/// Reads the peer's.
pub type OldParseExtension =
    Callback<unsafe extern "C" fn(*mut SSL, c_uint, *const c_uchar, usize, *mut c_int, *mut c_void) -> c_int>;

/// A callback with the argument that the application gave for it.
#[derive(Clone, Copy)]
pub struct WithArg<F> {
    /// The function.
    pub function: Option<F>,
    /// Its last argument.
    pub arg: *mut c_void,
}

impl<F: Copy> WithArg<Callback<F>> {
    /// What C gave.
    pub fn from_c(function: Option<F>, arg: *mut c_void) -> Self {
        Self { function: Callback::from_c(function), arg }
    }
}

impl<F> Default for WithArg<F> {
    fn default() -> Self {
        Self { function: None, arg: std::ptr::null_mut() }
    }
}

/// `SSL_CTX_set_session_ticket_cb`, before a ticket is made.
pub type GenerateTicketCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>;
/// `SSL_CTX_set_generate_session_id`.
pub type GenerateIdCallback = Callback<unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut libc::c_uint) -> c_int>;
/// `SSL_CTX_set_verify`: libcrypto calls it.
pub type VerifyCallback = Callback<unsafe extern "C" fn(c_int, *mut X509_STORE_CTX) -> c_int>;
/// `SSL_CTX_set_default_passwd_cb`: libcrypto calls it.
pub type PasswordCallback = Callback<pem_password_cb>;

/// `SSL_set_psk_client_callback`.
pub type PskClientCallback = Callback<
    unsafe extern "C" fn(
        *mut SSL,
        *const c_char,
        *mut c_char,
        libc::c_uint,
        *mut c_uchar,
        libc::c_uint,
    ) -> libc::c_uint,
>;
/// `SSL_set_psk_server_callback`.
pub type PskServerCallback =
    Callback<unsafe extern "C" fn(*mut SSL, *const c_char, *mut c_uchar, libc::c_uint) -> libc::c_uint>;
/// `SSL_set_psk_use_session_callback`.
pub type PskUseSessionCallback = Callback<
    unsafe extern "C" fn(*mut SSL, *const EVP_MD, *mut *const c_uchar, *mut usize, *mut *mut SSL_SESSION) -> c_int,
>;
/// `SSL_set_psk_find_session_callback`.
pub type PskFindSessionCallback =
    Callback<unsafe extern "C" fn(*mut SSL, *const c_uchar, usize, *mut *mut SSL_SESSION) -> c_int>;

/// The callbacks of one `SSL_CTX`.
#[derive(Clone, Copy, Default)]
pub struct Callbacks {
    /// SNI on a server.
    pub servername: WithArg<ServernameCallback>,
    /// ALPN on a server.
    pub alpn_select: WithArg<AlpnSelectCallback>,
    /// The ClientHello on a server.
    pub client_hello: WithArg<ClientHelloCallback>,
    /// A session was made.
    pub new_session: Option<NewSessionCallback>,
    /// A session leaves the cache.
    pub remove_session: Option<RemoveSessionCallback>,
    /// A session is looked for.
    pub get_session: Option<GetSessionCallback>,
    /// Ticket keys, HMAC form.
    pub ticket_key: Option<TicketKeyCallback>,
    /// Ticket keys, EVP_MAC form.
    pub ticket_key_evp: Option<TicketKeyEvpCallback>,
    /// Puts application data into a ticket; argument shared with the next.
    pub generate_ticket: Option<GenerateTicketCallback>,
    /// Judges a decrypted ticket.
    pub decrypt_ticket: WithArg<DecryptTicketCallback>,
    /// Key log lines.
    pub keylog: Option<KeylogCallback>,
    /// Replaces certificate verification.
    pub cert_verify: WithArg<CertVerifyCallback>,
    /// Chooses a client certificate.
    pub client_cert: Option<ClientCertCallback>,
    /// OCSP stapling.
    pub status: WithArg<StatusCallback>,
}
