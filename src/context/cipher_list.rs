//! Cipher lists: OpenSSL's rule strings (`ciphers(1)`) and TLS 1.3's list of names.
//!
//! Rules work on all suites that OpenSSL 3.0 would have, so that the outcome
//! has OpenSSL's order; what can't be negotiated is dropped at the end.

use std::sync::Arc;

use libc::c_int;

use super::cipher::{self, Cipher, auth, class, enc, kx, mac, version};
use super::settings::Settings;
use crate::reason;
use crate::sync::OnceLock;

/// `OSSL_default_cipher_list`
pub const DEFAULT_LIST: &std::ffi::CStr = c"ALL:!COMPLEMENTOFDEFAULT:!eNULL";
/// `OSSL_default_ciphersuites`
pub const DEFAULT_SUITES: &std::ffi::CStr =
    c"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

/// The TLS 1.3 suites and the others, as [`Settings::ciphers`] begins.
pub fn default_ciphers() -> Arc<[u16]> {
    static DEFAULT: OnceLock<Arc<[u16]>> = OnceLock::new();
    let build = || {
        let mut order = Order::new();
        // The default rules are well formed.
        let _ = order.apply_rules(DEFAULT_LIST.to_bytes(), &mut 0);
        supported(parse_suites(DEFAULT_SUITES.to_bytes()).into_iter().chain(order.chosen())).collect()
    };
    DEFAULT.get_or_init(build).clone()
}

impl Settings {
    /// `SSL_CTX_set_cipher_list`. As in OpenSSL, a list that leaves nothing is
    /// stored although it is an error. `Err` is the reason.
    pub fn set_cipher_list(&mut self, rules: &[u8]) -> Result<(), c_int> {
        let rules = suite_b(rules, &mut self.cert_flags).unwrap_or(rules);
        let mut order = Order::new();
        let more = match rules.strip_prefix(b"DEFAULT") {
            Some(more) => {
                order.apply_rules(DEFAULT_LIST.to_bytes(), &mut self.security_level)?;
                more
            }
            None => rules,
        };
        order.apply_rules(more, &mut self.security_level)?;

        let lower: Vec<u16> = supported(order.chosen()).collect();
        let old = self.ciphers.clone();
        self.ciphers = split(&old).0.chain(lower.iter().copied()).collect();
        if lower.is_empty() { Err(reason::NO_CIPHER_MATCH) } else { Ok(()) }
    }

    /// `SSL_CTX_set_ciphersuites`: unknown names are passed over, and a list of
    /// nothing else is an error; the empty list is allowed.
    pub fn set_ciphersuites(&mut self, names: &[u8]) -> Result<(), c_int> {
        let chosen: Vec<u16> =
            supported(parse_suites(names).into_iter()).filter(|&code_point| is_tls13(code_point)).collect();
        if chosen.is_empty() && !names.is_empty() {
            return Err(reason::NO_CIPHER_MATCH);
        }
        let old = self.ciphers.clone();
        self.ciphers = chosen.into_iter().chain(split(&old).1).collect();
        Ok(())
    }
}

/// The suites of TLS 1.3 of a list, and the others.
pub fn split(list: &[u16]) -> (impl Iterator<Item = u16>, impl Iterator<Item = u16>) {
    let half = move |tls13: bool| list.iter().copied().filter(move |&code_point| is_tls13(code_point) == tls13);
    (half(true), half(false))
}

fn is_tls13(code_point: u16) -> bool {
    cipher::by_code_point(code_point).is_some_and(Cipher::is_tls13)
}

fn supported(ciphers: impl Iterator<Item = &'static Cipher>) -> impl Iterator<Item = u16> {
    ciphers.filter(|cipher| cipher.is_supported()).map(|cipher| cipher.code_point)
}

fn parse_suites(names: &[u8]) -> Vec<&'static Cipher> {
    let mut chosen: Vec<&Cipher> = Vec::new();
    for name in names.split(|&byte| byte == b':') {
        if let Some(cipher) = cipher::by_standard_name(name.trim_ascii()) {
            if !chosen.iter().any(|other| std::ptr::eq(*other, cipher)) {
                chosen.push(cipher);
            }
        }
    }
    chosen
}

/// The rules of Suite B, when `rules` begins with the name of one of its
/// profiles or an earlier list did (`SSL_CERT_FLAG_SUITEB_*`).
fn suite_b(rules: &[u8], cert_flags: &mut u32) -> Option<&'static [u8]> {
    const ONLY_128: u32 = 0x1_0000;
    const ONLY_192: u32 = 0x2_0000;
    const FROM_128: u32 = ONLY_128 | ONLY_192;
    const AES128: &[u8] = b"ECDHE-ECDSA-AES128-GCM-SHA256";
    const AES256: &[u8] = b"ECDHE-ECDSA-AES256-GCM-SHA384";
    const BOTH: &[u8] = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
    // A name that begins like another one comes before it.
    const PROFILES: [(&[u8], u32); 4] =
        [(b"SUITEB128ONLY", ONLY_128), (b"SUITEB128C2", FROM_128), (b"SUITEB128", FROM_128), (b"SUITEB192", ONLY_192)];
    if let Some((_, flags)) = PROFILES.iter().find(|(name, _)| rules.starts_with(name)) {
        *cert_flags = *cert_flags & !FROM_128 | flags;
    }
    match *cert_flags & FROM_128 {
        0 => None,
        ONLY_128 => Some(AES128),
        FROM_128 if !rules.starts_with(b"SUITEB128C2") => Some(BOTH),
        _ => Some(AES256),
    }
}

/// What a rule selects: a suite matches when it has one bit of each mask that
/// isn't 0.
#[derive(Clone, Copy, Default)]
struct Pattern {
    code_point: Option<u16>,
    kx: u32,
    auth: u32,
    enc: u32,
    mac: u32,
    version: u16,
    strengths: u32,
    not_default: bool,
}

impl Pattern {
    fn matches(&self, cipher: &Cipher) -> bool {
        let meets = |mask: u32, bits: u32| mask == 0 || mask & bits != 0;
        self.code_point.is_none_or(|code_point| code_point == cipher.code_point)
            && meets(self.kx, cipher.kx)
            && meets(self.auth, cipher.auth)
            && meets(self.enc, cipher.enc)
            && meets(self.mac, cipher.mac)
            && (self.version == 0 || self.version == cipher.min_version)
            && meets(self.strengths, cipher.class)
            && (!self.not_default || cipher.class & class::NOT_DEFAULT != 0)
    }

    /// What `word` selects; `None` for a word that OpenSSL does not know.
    fn of_word(word: &[u8]) -> Option<Self> {
        if let Some(cipher) = available().iter().find(|cipher| cipher.name.to_bytes() == word) {
            return Some(Self {
                code_point: Some(cipher.code_point),
                kx: cipher.kx,
                auth: cipher.auth,
                enc: cipher.enc,
                mac: cipher.mac,
                strengths: cipher.class & class::STRENGTHS,
                not_default: cipher.class & class::NOT_DEFAULT != 0,
                version: 0,
            });
        }
        alias(std::str::from_utf8(word).ok()?)
    }

    /// Both at once (`A+B`); `None` when nothing can match.
    fn and(self, other: Self) -> Option<Self> {
        let both = |a: u32, b: u32| match (a, b) {
            (0, mask) | (mask, 0) => Some(mask),
            (a, b) => (a & b != 0).then_some(a & b),
        };
        if self.version != 0 && other.version != 0 && self.version != other.version {
            return None;
        }
        Some(Self {
            // The last part decides, as in OpenSSL.
            code_point: other.code_point,
            kx: both(self.kx, other.kx)?,
            auth: both(self.auth, other.auth)?,
            enc: both(self.enc, other.enc)?,
            mac: both(self.mac, other.mac)?,
            version: self.version.max(other.version),
            strengths: both(self.strengths, other.strengths)?,
            // OpenSSL forgets NOT_DEFAULT when it meets the first strength.
            not_default: other.not_default || (self.not_default && (self.strengths != 0 || other.strengths == 0)),
        })
    }
}

/// The words that name a class of suites.
fn alias(word: &str) -> Option<Pattern> {
    let any = Pattern::default();
    let kx = |kx| Pattern { kx, ..any };
    let auth = |auth| Pattern { auth, ..any };
    let enc = |enc| Pattern { enc, ..any };
    let mac = |mac| Pattern { mac, ..any };
    let version = |version| Pattern { version, ..any };
    let strengths = |strengths| Pattern { strengths, ..any };
    let authenticated = |kx| Pattern { kx, auth: !auth::NULL, ..any };
    let anonymous = |kx| Pattern { kx, auth: auth::NULL, ..any };
    let edh_3des = |auth| Pattern {
        kx: kx::DHE,
        auth,
        enc: enc::TRIPLE_DES,
        mac: mac::SHA1,
        strengths: class::HIGH | class::FIPS,
        ..any
    };

    Some(match word {
        "ALL" => enc(!enc::NULL),
        "COMPLEMENTOFALL" => enc(enc::NULL),
        "COMPLEMENTOFDEFAULT" => Pattern { not_default: true, ..any },

        "kRSA" => kx(kx::RSA),
        "kEDH" | "kDHE" | "DH" => kx(kx::DHE),
        "kEECDH" | "kECDHE" | "ECDH" => kx(kx::ECDHE),
        "kPSK" => kx(kx::PSK),
        "kRSAPSK" => kx(kx::RSA_PSK),
        "kECDHEPSK" => kx(kx::ECDHE_PSK),
        "kDHEPSK" => kx(kx::DHE_PSK),
        "kSRP" | "SRP" => kx(kx::SRP),
        "kGOST" => kx(kx::GOST),
        "kGOST18" => kx(kx::GOST18),
        "PSK" => kx(kx::PSK | kx::RSA_PSK | kx::DHE_PSK | kx::ECDHE_PSK),

        "aRSA" => auth(auth::RSA),
        "aDSS" | "DSS" => auth(auth::DSS),
        "aNULL" => auth(auth::NULL),
        "aECDSA" | "ECDSA" => auth(auth::ECDSA),
        "aPSK" => auth(auth::PSK),
        "aGOST01" => auth(auth::GOST01),
        "aGOST12" => auth(auth::GOST12),
        "aGOST" => auth(auth::GOST01_12),
        "aSRP" => auth(auth::SRP),

        "EDH" | "DHE" => authenticated(kx::DHE),
        "EECDH" | "ECDHE" => authenticated(kx::ECDHE),
        "RSA" => Pattern { kx: kx::RSA, auth: auth::RSA, ..any },
        "ADH" => anonymous(kx::DHE),
        "AECDH" => anonymous(kx::ECDHE),

        "NULL" | "eNULL" => enc(enc::NULL),
        "3DES" => enc(enc::TRIPLE_DES),
        "RC4" => enc(enc::RC4),
        "RC2" => enc(enc::RC2),
        "IDEA" => enc(enc::IDEA),
        "SEED" => enc(enc::SEED),
        "GOST89" => enc(enc::GOST89 | enc::GOST89_12 | enc::MAGMA | enc::KUZNYECHIK),
        "AES128" => enc(enc::AES128 | enc::AES128_GCM | enc::AES128_CCM | enc::AES128_CCM8),
        "AES256" => enc(enc::AES256 | enc::AES256_GCM | enc::AES256_CCM | enc::AES256_CCM8),
        "AES" => enc(enc::AES),
        "AESGCM" => enc(enc::AES_GCM),
        "AESCCM" => enc(enc::AES_CCM),
        "AESCCM8" => enc(enc::AES_CCM8),
        "CAMELLIA128" => enc(enc::CAMELLIA128),
        "CAMELLIA256" => enc(enc::CAMELLIA256),
        "CAMELLIA" => enc(enc::CAMELLIA),
        "CHACHA20" => enc(enc::CHACHA20_POLY1305),
        "GOST2012-GOST8912-GOST8912" => enc(enc::GOST89_12),
        "ARIA" | "ARIAGCM" => enc(enc::ARIA),
        "ARIA128" => enc(enc::ARIA128_GCM),
        "ARIA256" => enc(enc::ARIA256_GCM),
        "CBC" => enc(enc::CBC),

        "MD5" => mac(mac::MD5),
        "SHA1" | "SHA" => mac(mac::SHA1),
        "GOST94" => mac(mac::GOST94),
        "GOST89MAC" => mac(mac::GOST89 | mac::GOST89_12),
        "SHA256" => mac(mac::SHA256),
        "SHA384" => mac(mac::SHA384),
        "GOST12" => mac(mac::GOST12_256),

        "SSLv3" => version(version::SSL3),
        "TLSv1" | "TLSv1.0" => version(version::TLS1_0),
        "TLSv1.2" => version(version::TLS1_2),

        "LOW" => strengths(class::LOW),
        "MEDIUM" => strengths(class::MEDIUM),
        "HIGH" => strengths(class::HIGH),
        "FIPS" => Pattern { enc: !enc::NULL, strengths: class::FIPS, ..any },

        "EDH-DSS-DES-CBC3-SHA" => edh_3des(auth::DSS),
        "EDH-RSA-DES-CBC3-SHA" => edh_3des(auth::RSA),
        _ => return None,
    })
}

/// The suites below TLS 1.3 that OpenSSL has without engines, in the order
/// from which it starts: the highest code point first.
fn available() -> &'static [&'static Cipher] {
    static AVAILABLE: OnceLock<Vec<&Cipher>> = OnceLock::new();
    AVAILABLE.get_or_init(|| {
        let missing = |cipher: &Cipher| {
            cipher.is_tls13()
                || cipher.is_signalling()
                || cipher.kx & (kx::GOST | kx::GOST18) != 0
                || cipher.enc & enc::IDEA != 0
        };
        cipher::all().rev().filter(|cipher| !missing(cipher)).collect()
    })
}

/// All suites in an order of preference; the active ones are chosen.
#[derive(Clone)]
struct Order(Vec<Entry>);

#[derive(Clone, Copy)]
struct Entry {
    cipher: &'static Cipher,
    active: bool,
}

impl Order {
    /// Nothing chosen; the order in which a rule will choose.
    fn new() -> Self {
        static START: OnceLock<Order> = OnceLock::new();
        START.get_or_init(Self::preferred).clone()
    }

    /// OpenSSL's preferences: key exchange, mode, strength, version.
    fn preferred() -> Self {
        let any = Pattern::default();
        let kx = |kx| Pattern { kx, ..any };
        let enc = |enc| Pattern { enc, ..any };
        let aead = Pattern { mac: mac::AEAD, ..any };
        let ephemeral = kx(kx::DHE | kx::ECDHE);

        let mut order = Self(available().iter().map(|cipher| Entry { cipher, active: false }).collect());
        order.add(&Pattern { kx: kx::ECDHE, auth: auth::ECDSA, ..any });
        order.add(&kx(kx::ECDHE));
        order.delete(&kx(kx::ECDHE));
        order.add(&enc(enc::AES_GCM));
        order.add(&enc(enc::CHACHA20_POLY1305));
        order.add(&enc(enc::AES & !enc::AES_GCM));
        order.add(&any);
        order.move_back(&Pattern { mac: mac::MD5, ..any });
        order.move_back(&Pattern { auth: auth::NULL, ..any });
        order.move_back(&kx(kx::RSA));
        order.move_back(&kx(kx::PSK));
        order.move_back(&enc(enc::RC4));
        order.sort_by_strength();
        order.bump(&Pattern { version: version::TLS1_2, ..any });
        order.bump(&aead);
        order.bump(&ephemeral);
        order.bump(&Pattern { mac: mac::AEAD, ..ephemeral });
        order.delete(&any);
        order
    }

    fn chosen(&self) -> impl Iterator<Item = &'static Cipher> {
        self.0.iter().filter(|entry| entry.active).map(|entry| entry.cipher)
    }

    /// Applies a rule string. A malformed command ends it with the reason, a
    /// malformed special command is remembered while the rest is applied.
    fn apply_rules(&mut self, rules: &[u8], security_level: &mut c_int) -> Result<(), c_int> {
        let mut outcome = Ok(());
        let mut rest = rules;
        while let Some((&first, after)) = rest.split_first() {
            if is_separator(first) {
                rest = after;
                continue;
            }
            if matches!(first, b'-' | b'+' | b'!' | b'@') {
                rest = after;
            }

            if first == b'@' {
                let word = take_word(&mut rest)?;
                outcome = self.special(word, security_level).and(outcome);
                skip_item(&mut rest);
                continue;
            }
            match take_pattern(&mut rest)? {
                None => skip_item(&mut rest),
                Some(pattern) => match first {
                    b'-' => self.delete(&pattern),
                    b'+' => self.move_back(&pattern),
                    b'!' => self.0.retain(|entry| !pattern.matches(entry.cipher)),
                    _ => self.add(&pattern),
                },
            }
        }
        outcome
    }

    fn special(&mut self, word: &[u8], security_level: &mut c_int) -> Result<(), c_int> {
        match word {
            b"STRENGTH" => self.sort_by_strength(),
            [name @ .., digit @ b'0'..=b'5'] if name == b"SECLEVEL=" => *security_level = c_int::from(digit - b'0'),
            _ => return Err(reason::INVALID_COMMAND),
        }
        Ok(())
    }

    /// Chooses what matches, behind what is chosen already.
    fn add(&mut self, pattern: &Pattern) {
        self.put_last(|entry| !entry.active && pattern.matches(entry.cipher), true);
    }

    /// Moves what matches behind everything else that is chosen.
    fn move_back(&mut self, pattern: &Pattern) {
        self.put_last(|entry| entry.active && pattern.matches(entry.cipher), true);
    }

    /// Moves what matches before everything else that is chosen.
    fn bump(&mut self, pattern: &Pattern) {
        self.put_first(|entry| entry.active && pattern.matches(entry.cipher), true);
    }

    /// Takes back the choice of what matches; it comes first when chosen again.
    fn delete(&mut self, pattern: &Pattern) {
        self.put_first(|entry| entry.active && pattern.matches(entry.cipher), false);
    }

    fn sort_by_strength(&mut self) {
        let mut bits: Vec<c_int> = self.chosen().map(Cipher::bits).collect();
        bits.sort_unstable_by(|a, b| b.cmp(a));
        bits.dedup();
        for strength in bits {
            self.put_last(|entry| entry.active && entry.cipher.bits() == strength, true);
        }
    }

    fn put_last(&mut self, which: impl Fn(&Entry) -> bool, active: bool) {
        let (mut moved, mut list) = self.split(which, active);
        list.append(&mut moved);
        self.0 = list;
    }

    fn put_first(&mut self, which: impl Fn(&Entry) -> bool, active: bool) {
        let (mut list, mut others) = self.split(which, active);
        list.append(&mut others);
        self.0 = list;
    }

    /// What `which` selects, made `active` or not, and the others; each in order.
    fn split(&self, which: impl Fn(&Entry) -> bool, active: bool) -> (Vec<Entry>, Vec<Entry>) {
        let (mut selected, others): (Vec<Entry>, Vec<Entry>) = self.0.iter().partition(|entry| which(entry));
        for entry in &mut selected {
            entry.active = active;
        }
        (selected, others)
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b':' | b' ' | b';' | b',')
}

fn skip_item(rest: &mut &[u8]) {
    let len = rest.iter().take_while(|&&byte| !is_separator(byte)).count();
    *rest = &rest[len..];
}

/// The next word; anything else than a word there is an error.
fn take_word<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], c_int> {
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'=');
    let (word, after) = rest.split_at(rest.iter().take_while(in_word).count());
    *rest = after;
    if word.is_empty() { Err(reason::INVALID_COMMAND) } else { Ok(word) }
}

/// A word or several joined by `+`; `None` when one of them is unknown or
/// nothing can match.
fn take_pattern(rest: &mut &[u8]) -> Result<Option<Pattern>, c_int> {
    let mut pattern = Pattern::default();
    loop {
        let word = take_word(rest)?;
        let more = rest.strip_prefix(b"+");
        if let Some(after) = more {
            *rest = after;
        }
        match Pattern::of_word(word).and_then(|part| pattern.and(part)) {
            Some(both) => pattern = both,
            None => return Ok(None),
        }
        if more.is_none() {
            return Ok(Some(pattern));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rules: &str) -> String {
        let mut settings = Settings::default();
        settings.set_cipher_list(rules.as_bytes()).unwrap();
        let lower = settings.ciphers.iter().filter_map(|&id| cipher::by_code_point(id)).filter(|c| !c.is_tls13());
        lower.map(|cipher| cipher.name.to_str().unwrap()).collect::<Vec<_>>().join(":")
    }

    #[test]
    fn default_order() {
        let default = default_ciphers();
        assert_eq!(default[..], [0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc02b, 0xc02f]);
        assert_eq!(names("DEFAULT"), names("HIGH:!aNULL"));
    }

    #[test]
    fn rules() {
        assert_eq!(names("ECDHE+AESGCM+AES128"), "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!(
            names("ECDHE-RSA-AES128-GCM-SHA256:kEECDH+aRSA+CHACHA20:NONSENSE"),
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
        );
        assert_eq!(names("aRSA:-AES256:!CHACHA20"), "ECDHE-RSA-AES128-GCM-SHA256");
        assert!(names("HIGH:+CHACHA20").ends_with("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"));
    }

    #[test]
    fn errors() {
        let mut settings = Settings::default();
        assert_eq!(settings.set_cipher_list(b"ALL:@SECLEVEL=7"), Err(reason::INVALID_COMMAND));
        assert_eq!(settings.ciphers.len(), 9);
        assert_eq!(settings.set_cipher_list(b"nonsense"), Err(reason::NO_CIPHER_MATCH));
        assert_eq!(settings.ciphers.len(), 3);
        assert_eq!(settings.set_cipher_list(b"ALL:@SECLEVEL=1"), Ok(()));
        assert_eq!(settings.security_level, 1);
        assert_eq!(settings.set_ciphersuites(b"nonsense"), Err(reason::NO_CIPHER_MATCH));
        assert_eq!(settings.set_ciphersuites(b" TLS_AES_128_GCM_SHA256 :nonsense"), Ok(()));
        assert_eq!(settings.ciphers[..2], [0x1301, 0xc02c]);
    }
}
