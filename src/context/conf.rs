//! The commands of `SSL_CONF_cmd(3)`: their names, where each may be used, and
//! the lists of flags that some take. What a command does is in `capi::conf`.

use libc::{c_int, c_uint};

/// Names are those of a command line.
pub const FLAG_CMDLINE: c_uint = 0x1;
/// Names are those of a file.
pub const FLAG_FILE: c_uint = 0x2;
/// Commands for clients.
pub const FLAG_CLIENT: c_uint = 0x4;
/// Commands for servers.
pub const FLAG_SERVER: c_uint = 0x8;
/// Failures go on the error queue.
pub const FLAG_SHOW_ERRORS: c_uint = 0x10;
/// Commands that read certificates and keys.
pub const FLAG_CERTIFICATE: c_uint = 0x20;
/// A certificate file without a key must have the key in it.
pub const FLAG_REQUIRE_PRIVATE: c_uint = 0x40;

/// What a command's value is: `SSL_CONF_TYPE_*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum ValueType {
    /// Any text.
    String = 1,
    /// The name of a file.
    File = 2,
    /// The name of a directory.
    Dir = 3,
    /// There is none.
    None = 4,
    /// An OSSL_STORE URI.
    Store = 5,
}

/// What a command does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // they are the names of SSL_CONF_cmd(3)
pub enum Action {
    Switch(Change),
    SignatureAlgorithms,
    ClientSignatureAlgorithms,
    Groups,
    EcdhParameters,
    CipherString,
    Ciphersuites,
    MinProtocol,
    MaxProtocol,
    /// Protocol, Options, VerifyMode: a list of names, each of which changes a flag.
    Flags(&'static [Flag]),
    Certificate,
    PrivateKey,
    ServerInfoFile,
    /// The store that verifies the peer, or the one that chains are built from.
    TrustStore {
        verify: bool,
    },
    /// The names of CAs for the peer to choose a certificate by.
    CaNames,
    DhParameters,
    RecordPadding,
    NumTickets,
}

/// A change of flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which flags.
    pub field: Field,
    /// The bits.
    pub bits: u64,
    /// Whether they are set or cleared.
    pub on: bool,
}

/// Which flags a [`Change`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// `SSL_OP_*`
    Options,
    /// `SSL_CERT_FLAG_*`
    CertFlags,
    /// `SSL_VERIFY_*`
    VerifyMode,
}

/// One name of a list of flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flag {
    name: &'static str,
    /// `FLAG_CLIENT | FLAG_SERVER`
    roles: c_uint,
    change: Change,
}

/// One command.
#[derive(Debug)]
pub struct Command {
    file_name: Option<&'static str>,
    cmdline_name: Option<&'static str>,
    /// The flags without which it does not exist.
    needs: c_uint,
    /// What its value is.
    pub value_type: ValueType,
    /// What it does.
    pub action: Action,
}

/// The command called `name` under these flags and this prefix.
pub fn find(flags: c_uint, prefix: Option<&[u8]>, name: &[u8]) -> Option<&'static Command> {
    let name = without_prefix(flags, prefix, name)?;
    COMMANDS.iter().find(|command| {
        flags & command.needs == command.needs
            && ((flags & FLAG_CMDLINE != 0 && command.cmdline_name.is_some_and(|own| own.as_bytes() == name))
                || (flags & FLAG_FILE != 0
                    && command.file_name.is_some_and(|own| own.as_bytes().eq_ignore_ascii_case(name))))
    })
}

/// `name` behind the application's prefix, or behind the dash of a command
/// line when there is none; `None` when it does not begin so.
pub fn without_prefix<'a>(flags: c_uint, prefix: Option<&[u8]>, name: &'a [u8]) -> Option<&'a [u8]> {
    let Some(prefix) = prefix else {
        return if flags & FLAG_CMDLINE == 0 { Some(name) } else { behind(name, 1).filter(|_| name[0] == b'-') };
    };
    let rest = behind(name, prefix.len())?;
    let start = &name[..prefix.len()];
    let exact = flags & FLAG_CMDLINE == 0 || start == prefix;
    let similar = flags & FLAG_FILE == 0 || start.eq_ignore_ascii_case(prefix);
    (exact && similar).then_some(rest)
}

/// What follows the first `len` bytes, if anything does.
fn behind(name: &[u8], len: usize) -> Option<&[u8]> {
    name.get(len..).filter(|rest| !rest.is_empty())
}

/// Gives `apply` the changes that a comma-separated list of names asks for. As
/// in OpenSSL, those before a bad name have happened when this answers `false`.
pub fn for_each_flag(table: &[Flag], flags: c_uint, list: &[u8], mut apply: impl FnMut(Change)) -> bool {
    list.split(|&byte| byte == b',').all(|element| {
        let (on, name) = match trim(element) {
            [b'+', name @ ..] => (true, name),
            [b'-', name @ ..] => (false, name),
            name => (true, name),
        };
        let flag = table.iter().find(|flag| flags & flag.roles != 0 && flag.name.as_bytes().eq_ignore_ascii_case(name));
        if let Some(flag) = flag {
            apply(Change { on: flag.change.on == on, ..flag.change });
        }
        flag.is_some()
    })
}

fn trim(text: &[u8]) -> &[u8] {
    // C's isspace knows the vertical tab, Rust's ASCII white space does not.
    let solid = |byte: &u8| !byte.is_ascii_whitespace() && *byte != 0x0b;
    let start = text.iter().position(solid).unwrap_or(text.len());
    let end = text.iter().rposition(solid).map_or(start, |last| last + 1);
    &text[start..end]
}

/// The version that MinProtocol and MaxProtocol call `name`; 0 is "None".
pub fn protocol(name: &[u8]) -> Option<c_int> {
    Some(match name {
        b"None" => 0,
        b"SSLv3" => 0x0300,
        b"TLSv1" => 0x0301,
        b"TLSv1.1" => 0x0302,
        b"TLSv1.2" => 0x0303,
        b"TLSv1.3" => 0x0304,
        b"DTLSv1" => 0xfeff,
        b"DTLSv1.2" => 0xfefd,
        _ => return None,
    })
}

const fn option(bit: u32) -> u64 {
    1 << bit
}

const NO_EXTENDED_MASTER_SECRET: u64 = option(0);
const LEGACY_SERVER_CONNECT: u64 = option(2);
const ENABLE_KTLS: u64 = option(3);
const ALLOW_CLIENT_RENEGOTIATION: u64 = option(8);
const DISABLE_TLSEXT_CA_NAMES: u64 = option(9);
const ALLOW_NO_DHE_KEX: u64 = option(10);
const DONT_INSERT_EMPTY_FRAGMENTS: u64 = option(11);
const NO_TICKET: u64 = option(14);
const NO_RESUMPTION_ON_RENEGOTIATION: u64 = option(16);
const NO_COMPRESSION: u64 = option(17);
const ALLOW_UNSAFE_LEGACY_RENEGOTIATION: u64 = option(18);
const NO_ENCRYPT_THEN_MAC: u64 = option(19);
const ENABLE_MIDDLEBOX_COMPAT: u64 = option(20);
const PRIORITIZE_CHACHA: u64 = option(21);
const CIPHER_SERVER_PREFERENCE: u64 = option(22);
const NO_ANTI_REPLAY: u64 = option(24);
const NO_SSLV3: u64 = option(25);
const NO_TLS1: u64 = option(26);
const NO_TLS1_2: u64 = option(27);
const NO_TLS1_1: u64 = option(28);
const NO_TLS1_3: u64 = option(29);
const NO_RENEGOTIATION: u64 = option(30);
/// `SSL_OP_ALL`
const BUGS: u64 = option(4) | option(6) | option(11) | option(31);
/// `SSL_CERT_FLAG_TLS_STRICT`
const TLS_STRICT: u64 = 1;

const VERIFY_PEER: u64 = 1;
const VERIFY_FAIL_IF_NO_PEER_CERT: u64 = 2;
const VERIFY_CLIENT_ONCE: u64 = 4;
const VERIFY_POST_HANDSHAKE: u64 = 8;

const BOTH: c_uint = FLAG_CLIENT | FLAG_SERVER;

const fn flag(name: &'static str, bits: u64) -> Flag {
    Flag { name, roles: BOTH, change: Change { field: Field::Options, bits, on: true } }
}

/// The name says what the option takes away.
const fn inverse(name: &'static str, bits: u64) -> Flag {
    Flag { name, roles: BOTH, change: Change { field: Field::Options, bits, on: false } }
}

const fn server(name: &'static str, bits: u64) -> Flag {
    Flag { name, roles: FLAG_SERVER, change: Change { field: Field::Options, bits, on: true } }
}

const fn verify(name: &'static str, roles: c_uint, bits: u64) -> Flag {
    Flag { name, roles, change: Change { field: Field::VerifyMode, bits, on: true } }
}

static PROTOCOLS: &[Flag] = &[
    inverse("ALL", NO_SSLV3 | NO_TLS1 | NO_TLS1_1 | NO_TLS1_2 | NO_TLS1_3),
    inverse("SSLv2", 0),
    inverse("SSLv3", NO_SSLV3),
    inverse("TLSv1", NO_TLS1),
    inverse("TLSv1.1", NO_TLS1_1),
    inverse("TLSv1.2", NO_TLS1_2),
    inverse("TLSv1.3", NO_TLS1_3),
    inverse("DTLSv1", NO_TLS1),
    inverse("DTLSv1.2", NO_TLS1_2),
];

static OPTIONS: &[Flag] = &[
    inverse("SessionTicket", NO_TICKET),
    inverse("EmptyFragments", DONT_INSERT_EMPTY_FRAGMENTS),
    flag("Bugs", BUGS),
    inverse("Compression", NO_COMPRESSION),
    server("ServerPreference", CIPHER_SERVER_PREFERENCE),
    server("NoResumptionOnRenegotiation", NO_RESUMPTION_ON_RENEGOTIATION),
    server("DHSingle", 0),
    server("ECDHSingle", 0),
    flag("UnsafeLegacyRenegotiation", ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
    flag("UnsafeLegacyServerConnect", LEGACY_SERVER_CONNECT),
    flag("ClientRenegotiation", ALLOW_CLIENT_RENEGOTIATION),
    inverse("EncryptThenMac", NO_ENCRYPT_THEN_MAC),
    flag("NoRenegotiation", NO_RENEGOTIATION),
    flag("AllowNoDHEKEX", ALLOW_NO_DHE_KEX),
    flag("PrioritizeChaCha", PRIORITIZE_CHACHA),
    flag("MiddleboxCompat", ENABLE_MIDDLEBOX_COMPAT),
    inverse("AntiReplay", NO_ANTI_REPLAY),
    inverse("ExtendedMasterSecret", NO_EXTENDED_MASTER_SECRET),
    inverse("CANames", DISABLE_TLSEXT_CA_NAMES),
    flag("KTLS", ENABLE_KTLS),
];

static VERIFY_MODES: &[Flag] = &[
    verify("Peer", FLAG_CLIENT, VERIFY_PEER),
    verify("Request", FLAG_SERVER, VERIFY_PEER),
    verify("Require", FLAG_SERVER, VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT),
    verify("Once", FLAG_SERVER, VERIFY_PEER | VERIFY_CLIENT_ONCE),
    verify("RequestPostHandshake", FLAG_SERVER, VERIFY_PEER | VERIFY_POST_HANDSHAKE),
    verify("RequirePostHandshake", FLAG_SERVER, VERIFY_PEER | VERIFY_POST_HANDSHAKE | VERIFY_FAIL_IF_NO_PEER_CERT),
];

const fn switch(name: &'static str, needs: c_uint, bits: u64) -> Command {
    change(name, needs, Change { field: Field::Options, bits, on: true })
}

const fn switch_off(name: &'static str, needs: c_uint, bits: u64) -> Command {
    change(name, needs, Change { field: Field::Options, bits, on: false })
}

const fn change(name: &'static str, needs: c_uint, change: Change) -> Command {
    Command {
        file_name: None,
        cmdline_name: Some(name),
        needs,
        value_type: ValueType::None,
        action: Action::Switch(change),
    }
}

const fn text(file: &'static str, cmdline: Option<&'static str>, needs: c_uint, action: Action) -> Command {
    Command { file_name: Some(file), cmdline_name: cmdline, needs, value_type: ValueType::String, action }
}

/// A command that reads certificates, keys or parameters from somewhere.
const fn source(
    file: &'static str,
    cmdline: Option<&'static str>,
    role: c_uint,
    value_type: ValueType,
    action: Action,
) -> Command {
    Command { file_name: Some(file), cmdline_name: cmdline, needs: role | FLAG_CERTIFICATE, value_type, action }
}

const CHAIN: Action = Action::TrustStore { verify: false };
const VERIFY: Action = Action::TrustStore { verify: true };

static COMMANDS: &[Command] = &[
    switch("no_ssl3", 0, NO_SSLV3),
    switch("no_tls1", 0, NO_TLS1),
    switch("no_tls1_1", 0, NO_TLS1_1),
    switch("no_tls1_2", 0, NO_TLS1_2),
    switch("no_tls1_3", 0, NO_TLS1_3),
    switch("bugs", 0, BUGS),
    switch("no_comp", 0, NO_COMPRESSION),
    switch_off("comp", 0, NO_COMPRESSION),
    switch("ecdh_single", FLAG_SERVER, 0),
    switch("no_ticket", 0, NO_TICKET),
    switch("serverpref", FLAG_SERVER, CIPHER_SERVER_PREFERENCE),
    switch("legacy_renegotiation", 0, ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
    switch("client_renegotiation", FLAG_SERVER, ALLOW_CLIENT_RENEGOTIATION),
    switch("legacy_server_connect", FLAG_CLIENT, LEGACY_SERVER_CONNECT),
    switch("no_renegotiation", 0, NO_RENEGOTIATION),
    switch("no_resumption_on_reneg", FLAG_SERVER, NO_RESUMPTION_ON_RENEGOTIATION),
    switch_off("no_legacy_server_connect", FLAG_CLIENT, LEGACY_SERVER_CONNECT),
    switch("allow_no_dhe_kex", 0, ALLOW_NO_DHE_KEX),
    switch("prioritize_chacha", FLAG_SERVER, PRIORITIZE_CHACHA),
    change("strict", 0, Change { field: Field::CertFlags, bits: TLS_STRICT, on: true }),
    switch_off("no_middlebox", 0, ENABLE_MIDDLEBOX_COMPAT),
    switch_off("anti_replay", FLAG_SERVER, NO_ANTI_REPLAY),
    switch("no_anti_replay", FLAG_SERVER, NO_ANTI_REPLAY),
    switch("no_etm", 0, NO_ENCRYPT_THEN_MAC),
    text("SignatureAlgorithms", Some("sigalgs"), 0, Action::SignatureAlgorithms),
    text("ClientSignatureAlgorithms", Some("client_sigalgs"), 0, Action::ClientSignatureAlgorithms),
    text("Curves", Some("curves"), 0, Action::Groups),
    text("Groups", Some("groups"), 0, Action::Groups),
    text("ECDHParameters", Some("named_curve"), FLAG_SERVER, Action::EcdhParameters),
    text("CipherString", Some("cipher"), 0, Action::CipherString),
    text("Ciphersuites", Some("ciphersuites"), 0, Action::Ciphersuites),
    text("Protocol", None, 0, Action::Flags(PROTOCOLS)),
    text("MinProtocol", Some("min_protocol"), 0, Action::MinProtocol),
    text("MaxProtocol", Some("max_protocol"), 0, Action::MaxProtocol),
    text("Options", None, 0, Action::Flags(OPTIONS)),
    text("VerifyMode", None, 0, Action::Flags(VERIFY_MODES)),
    source("Certificate", Some("cert"), 0, ValueType::File, Action::Certificate),
    source("PrivateKey", Some("key"), 0, ValueType::File, Action::PrivateKey),
    source("ServerInfoFile", None, FLAG_SERVER, ValueType::File, Action::ServerInfoFile),
    source("ChainCAPath", Some("chainCApath"), 0, ValueType::Dir, CHAIN),
    source("ChainCAFile", Some("chainCAfile"), 0, ValueType::File, CHAIN),
    source("ChainCAStore", Some("chainCAstore"), 0, ValueType::Store, CHAIN),
    source("VerifyCAPath", Some("verifyCApath"), 0, ValueType::Dir, VERIFY),
    source("VerifyCAFile", Some("verifyCAfile"), 0, ValueType::File, VERIFY),
    source("VerifyCAStore", Some("verifyCAstore"), 0, ValueType::Store, VERIFY),
    source("RequestCAFile", Some("requestCAFile"), 0, ValueType::File, Action::CaNames),
    source("ClientCAFile", None, FLAG_SERVER, ValueType::File, Action::CaNames),
    source("RequestCAPath", None, 0, ValueType::Dir, Action::CaNames),
    source("ClientCAPath", None, FLAG_SERVER, ValueType::Dir, Action::CaNames),
    source("RequestCAStore", Some("requestCAStore"), 0, ValueType::Store, Action::CaNames),
    source("ClientCAStore", None, FLAG_SERVER, ValueType::Store, Action::CaNames),
    source("DHParameters", Some("dhparam"), FLAG_SERVER, ValueType::File, Action::DhParameters),
    text("RecordPadding", Some("record_padding"), 0, Action::RecordPadding),
    text("NumTickets", Some("num_tickets"), FLAG_SERVER, Action::NumTickets),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(table: &[Flag], flags: c_uint, list: &str) -> (Vec<Change>, bool) {
        let mut found = Vec::new();
        let good = for_each_flag(table, flags, list.as_bytes(), |change| found.push(change));
        (found, good)
    }

    #[test]
    fn names_depend_on_flags() {
        assert!(find(FLAG_FILE, None, b"cipherstring").is_some());
        assert!(find(FLAG_FILE, None, b"cipher").is_none());
        assert!(find(FLAG_CMDLINE, None, b"-cipher").is_some());
        assert!(find(FLAG_CMDLINE, None, b"-Cipher").is_none());
        assert!(find(FLAG_CMDLINE, None, b"cipher").is_none());
        assert!(find(FLAG_CMDLINE, None, b"-serverpref").is_none());
        assert!(find(FLAG_CMDLINE | FLAG_SERVER, None, b"-serverpref").is_some());
        assert!(find(FLAG_FILE, None, b"PrivateKey").is_none());
    }

    #[test]
    fn prefixes() {
        assert!(find(FLAG_FILE, Some(b"SSL"), b"sslProtocol").is_some());
        assert!(find(FLAG_CMDLINE, Some(b"--ssl-"), b"--ssl-no_tls1_3").is_some());
        assert!(find(FLAG_CMDLINE, Some(b"--ssl-"), b"--SSL-no_tls1_3").is_none());
        assert!(find(FLAG_FILE, Some(b"SSL"), b"SSL").is_none());
    }

    #[test]
    fn lists_of_flags() {
        let (found, good) = changes(PROTOCOLS, BOTH, "-ALL, TLSv1.2 ,+tlsv1.3");
        assert!(good);
        assert_eq!(found.iter().map(|change| change.on).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(found[1].bits, NO_TLS1_2);

        let (found, good) = changes(OPTIONS, FLAG_CLIENT, "Bugs,ServerPreference");
        assert!(!good);
        assert_eq!(found.len(), 1);
        assert!(!changes(OPTIONS, BOTH, "").1);
        assert!(!changes(OPTIONS, BOTH, "Bugs,").1);
    }
}
