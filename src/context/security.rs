//! Security levels, as they apply to certificates and signatures.

use libc::c_int;

use super::identity::Reason;
use crate::libcrypto::x509::X509;
use crate::reason;

/// How many bits of security each level asks for.
const MIN_BITS: [c_int; 6] = [0, 80, 112, 128, 192, 256];

fn min_bits(level: c_int) -> c_int {
    MIN_BITS[level.clamp(0, 5) as usize]
}

/// Whether a certificate is strong enough to be sent: the key of the peer's
/// own (`is_leaf`) or of an issuer, and the signature on it.
pub fn check_certificate(level: c_int, certificate: &X509, is_leaf: bool) -> Result<(), Reason> {
    if level <= 0 {
        return Ok(());
    }
    let min = min_bits(level);
    if certificate.public_key().map_or(-1, |key| key.security_bits()) < min {
        return Err(if is_leaf { reason::EE_KEY_TOO_SMALL } else { reason::CA_KEY_TOO_SMALL });
    }
    if !certificate.is_self_signed() && certificate.signature_info().2 < min {
        return Err(reason::CA_MD_TOO_WEAK);
    }
    Ok(())
}

/// As [`check_certificate`], for a chain that begins with our own.
pub fn check_chain(level: c_int, chain: &[X509]) -> Result<(), Reason> {
    chain.iter().enumerate().try_for_each(|(at, certificate)| check_certificate(level, certificate, at == 0))
}

/// Whether a signature scheme that can be negotiated is strong enough.
pub fn allows_sigalg(level: c_int, code: u16) -> bool {
    let bits = match (code >> 8, code & 0xff) {
        // Collisions of SHA-1.
        (2, _) => 63,
        (3, _) => 112,
        (4, _) | (8, 4 | 7 | 9) => 128,
        (5, _) | (8, 5 | 10) => 192,
        (8, 8) => 224,
        (6, _) | (8, 6 | 11) => 256,
        _ => return false,
    };
    let dsa = code >> 8 < 8 && code & 0xff == 2;
    !dsa && (level <= 0 || bits >= min_bits(level))
}

#[cfg(test)]
mod tests {
    use super::allows_sigalg;

    #[test]
    fn a_level_excludes_weak_hashes() {
        const SHA1: u16 = 0x0201;
        const SHA224: u16 = 0x0301;
        const SHA256: u16 = 0x0804;
        const DSA: u16 = 0x0402;
        assert!(allows_sigalg(0, SHA1));
        assert!(!allows_sigalg(1, SHA1));
        assert!(allows_sigalg(2, SHA224));
        assert!(!allows_sigalg(3, SHA224));
        assert!(allows_sigalg(3, SHA256));
        assert!(!allows_sigalg(4, SHA256));
        assert!(!allows_sigalg(0, DSA));
    }
}
