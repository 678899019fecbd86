//! What rustls has in place of secrets.
//!
//! rustls moves its states from one box to the next, and leaves what was in a box to whoever
//! gets the memory; a server's sessions it wants as plain vectors. So it never holds a secret
//! for longer than a call: the key derivation, which is ours, keeps the secrets with their
//! connection, and gives rustls bytes that stand for them. They come back when rustls has
//! something derived from one.
//!
//! Bytes that stand for nothing are taken as a secret themselves. So that nobody can know them,
//! all but the first are random.

use crate::cell::RefCell;
use std::fmt::{self, Debug, Formatter};

use once_cell::sync::Lazy;

use super::fill_random;
use crate::secret::Secret;

/// What a secret is for: a connection has one of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Role {
    /// The PSK or the master secret of the session, or the external key, that may be resumed.
    Offered = 1,
    /// TLS 1.2: the master secret.
    Master,
    /// TLS 1.2: the key that the client's records are sealed with.
    ClientKey,
    /// TLS 1.2: the key that the server's records are sealed with.
    ServerKey,
    /// TLS 1.3: what the client's early records are protected by.
    ClientEarly,
    /// TLS 1.3: what the client's records of the handshake are protected by.
    ClientHandshake,
    /// TLS 1.3: what the server's records of the handshake are protected by.
    ServerHandshake,
    /// TLS 1.3: what the client's records of data are protected by.
    ClientTraffic,
    /// TLS 1.3: what the server's records of data are protected by.
    ServerTraffic,
    /// TLS 1.3: the exporter secret.
    Exporter,
    /// TLS 1.3: the exporter secret of early data, of which rustls has no stand-in.
    EarlyExporter,
    /// TLS 1.3: the resumption master secret.
    Resumption,
}

use Role as R;
const ROLES: [Role; 12] = [
    R::Offered,
    R::Master,
    R::ClientKey,
    R::ServerKey,
    R::ClientEarly,
    R::ClientHandshake,
    R::ServerHandshake,
    R::ClientTraffic,
    R::ServerTraffic,
    R::Exporter,
    R::EarlyExporter,
    R::Resumption,
];

impl Role {
    /// That of the secret that TLS 1.3 derives under this label (RFC 8446, 7.1), if rustls keeps it.
    pub fn of_label(label: &[u8]) -> Option<Self> {
        match label {
            b"c e traffic" => Some(Self::ClientEarly),
            b"c hs traffic" => Some(Self::ClientHandshake),
            b"s hs traffic" => Some(Self::ServerHandshake),
            b"c ap traffic" => Some(Self::ClientTraffic),
            b"s ap traffic" => Some(Self::ServerTraffic),
            b"exp master" => Some(Self::Exporter),
            b"res master" => Some(Self::Resumption),
            _ => None,
        }
    }

    /// The role that `bytes` stand for, if they are a stand-in.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (&number, rest) = bytes.split_first()?;
        let role = *ROLES.get(usize::from(number).checked_sub(1)?)?;
        (rest.len() + 1 >= StandIn::LEAST && PATTERN.get(1..bytes.len()) == Some(rest)).then_some(role)
    }
}

/// What a connection needs once its handshake is done: to update keys, for tickets, to export.
const LASTING: [u8; 6] = [
    R::Master as u8,
    R::ClientTraffic as u8,
    R::ServerTraffic as u8,
    R::Exporter as u8,
    R::EarlyExporter as u8,
    R::Resumption as u8,
];

static PATTERN: Lazy<[u8; StandIn::MOST]> = Lazy::new(|| {
    let mut bytes = [0; StandIn::MOST];
    assert!(fill_random(&mut bytes), "no random bytes");
    bytes
});

/// What rustls is given for a secret.
#[derive(Clone, Copy)]
pub struct StandIn([u8; StandIn::MOST], usize);

impl StandIn {
    /// The longest.
    pub const MOST: usize = 64;
    /// The shortest: a key of AES-128.
    const LEAST: usize = 16;

    /// For the secret of this role: `len` bytes.
    pub fn new(role: Role, len: usize) -> Self {
        debug_assert!((Self::LEAST..=Self::MOST).contains(&len));
        let mut bytes = *PATTERN;
        bytes[0] = role as u8;
        Self(bytes, len)
    }

    /// For the session to be resumed, in TLS 1.3.
    pub fn psk() -> Self {
        Self::new(Role::Offered, 32)
    }

    /// For the session to be resumed, in TLS 1.2.
    pub fn master() -> Self {
        Self::new(Role::Offered, 48)
    }

    /// As rustls hands it back.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut this = Self([0; Self::MOST], bytes.len());
        this.0.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(this)
    }
}

impl PartialEq for StandIn {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for StandIn {}

impl Default for StandIn {
    fn default() -> Self {
        Self::psk()
    }
}

impl std::ops::Deref for StandIn {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

impl Debug for StandIn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "StandIn({:?})", Role::of(self))
    }
}

/// The secrets of a connection that rustls has stand-ins for: of each its role, its length and
/// its bytes, one behind the other.
#[derive(Default)]
pub struct Hidden(RefCell<Secret>);

/// Role and length of a secret.
const HEAD: usize = 3;
/// Room for the secrets of most handshakes.
const USUAL: usize = 6 * (HEAD + 48);

impl Hidden {
    /// Keeps `secret`, in the place of one of the same role.
    pub fn put(&self, role: Role, secret: &[u8]) {
        let Ok(len) = u16::try_from(secret.len()) else { return };
        let mut all = self.0.borrow_mut();
        match range(&all, role) {
            Some(range) if range.len() == secret.len() => return all[range].copy_from_slice(secret),
            Some(_) => *all = only(&all, |other| other != role as u8),
            None => {}
        }
        if all.is_empty() {
            *all = Secret::with_capacity(USUAL);
        }
        let [high, low] = len.to_be_bytes();
        all.extend_from_slice(&[role as u8, high, low]);
        all.extend_from_slice(secret);
    }

    /// The secret that `bytes` stand for, or `bytes` themselves, for `work`, which keeps none
    /// of it and changes nothing here.
    pub fn behind<R>(&self, bytes: &[u8], work: impl FnOnce(&[u8]) -> R) -> R {
        let all = self.0.borrow();
        let known = Role::of(bytes).and_then(|role| find(&all, role));
        work(known.unwrap_or(bytes))
    }

    /// A copy of the secret that `bytes` stand for, or of `bytes` themselves.
    pub fn secret(&self, bytes: &[u8]) -> Secret {
        self.behind(bytes, Secret::copy_of)
    }

    /// A copy of the secret of this role, if there is one.
    pub fn get(&self, role: Role) -> Option<Secret> {
        find(&self.0.borrow(), role).map(Secret::copy_of)
    }

    /// TLS 1.2 goes on with the master secret that `bytes` stand for: where a session is resumed,
    /// the one that was offered.
    pub fn note_master(&self, bytes: &[u8]) {
        if Role::of(bytes) == Some(Role::Offered) {
            let secret = self.secret(bytes);
            self.put(Role::Master, &secret);
        }
    }

    /// The handshake is done: forgets what is not needed any more.
    pub fn settle(&self) {
        let mut all = self.0.borrow_mut();
        if !all.is_empty() {
            *all = only(&all, |role| LASTING.contains(&role));
        }
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0.take();
    }
}

/// The secrets in `all`, each with its role and where it stands.
fn entries(all: &[u8]) -> impl Iterator<Item = (u8, std::ops::Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let &[role, high, low] = all.get(at..)?.first_chunk::<HEAD>()?;
        let start = at + HEAD;
        at = start + usize::from(u16::from_be_bytes([high, low]));
        Some((role, start..at))
    })
}

fn range(all: &[u8], role: Role) -> Option<std::ops::Range<usize>> {
    entries(all).find(|(other, _)| *other == role as u8).map(|(_, range)| range)
}

fn find(all: &[u8], role: Role) -> Option<&[u8]> {
    all.get(range(all, role)?)
}

/// Of `all`, those whose role `wanted` wants, in no more room than they take.
fn only(all: &[u8], wanted: impl Fn(u8) -> bool) -> Secret {
    let kept = || entries(all).filter(|(role, _)| wanted(*role)).map(|(_, range)| range);
    let mut rest = Secret::with_capacity(kept().map(|range| range.len() + HEAD).sum());
    kept().for_each(|range| rest.extend_from_slice(&all[range.start - HEAD..range.end]));
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(hidden: &Hidden, role: Role, len: usize) -> Vec<u8> {
        hidden.behind(&StandIn::new(role, len), <[u8]>::to_vec)
    }

    #[test]
    fn a_stand_in_leads_to_its_secret() {
        let hidden = Hidden::default();
        for (index, role) in ROLES.into_iter().enumerate() {
            hidden.put(role, &vec![index as u8; 32 + index]);
            assert_eq!(Role::of(&StandIn::new(role, 48)), Some(role));
        }
        for (index, role) in ROLES.into_iter().enumerate() {
            for len in [16, 32, 48, 64] {
                assert_eq!(behind(&hidden, role, len), vec![index as u8; 32 + index]);
            }
        }
        hidden.put(Role::Offered, &[1; 500]);
        hidden.put(Role::Exporter, &[2; 48]);
        assert_eq!(behind(&hidden, Role::Offered, 32), [1; 500]);
        assert_eq!(behind(&hidden, Role::Exporter, 32), [2; 48]);
        assert_eq!(behind(&hidden, Role::ServerKey, 32), [3; 35]);
    }

    #[test]
    fn what_stands_for_nothing_is_itself() {
        let hidden = Hidden::default();
        let stand_in = StandIn::new(Role::Master, 48);
        assert_eq!(behind(&hidden, Role::Master, 48), *stand_in);
        hidden.put(Role::Master, &[9; 48]);
        for at in 1..48 {
            let mut other = stand_in.to_vec();
            other[at] ^= 1;
            assert_eq!(hidden.behind(&other, <[u8]>::to_vec), other);
        }
        for len in 0..16 {
            assert_eq!(hidden.behind(&stand_in[..len], <[u8]>::to_vec), stand_in[..len]);
        }
        hidden.clear();
        assert_eq!(behind(&hidden, Role::Master, 48), *stand_in);
    }

    #[test]
    fn after_the_handshake_little_is_kept() {
        let hidden = Hidden::default();
        for role in ROLES {
            hidden.put(role, &[role as u8; 48]);
        }
        hidden.settle();
        for role in ROLES {
            assert_eq!(behind(&hidden, role, 48) == [role as u8; 48], LASTING.contains(&(role as u8)));
        }
        let other = Hidden::default();
        other.put(Role::Offered, &[1; 48]);
        other.settle();
        assert_eq!(other.0.borrow().len(), 0);
    }
}
