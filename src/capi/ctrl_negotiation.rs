//! The commands of `SSL_ctrl` and `SSL_CTX_ctrl` on named groups and signature
//! algorithms. `SSL_CTX_set1_groups(3)`, `SSL_CTX_set1_sigalgs(3)`.

use std::ffi::CStr;
use std::sync::Arc;

use libc::*;

use super::info::signature_nid;
use crate::connection::{Connection, Role};
use crate::context::method::TLS1_2;
use crate::context::{Settings, groups, sigalgs};
use crate::libcrypto::{err, tmp_key};
use crate::reason;

const SET_TMP_ECDH: c_int = 4;
const GET_GROUPS: c_int = 90;
const SET_GROUPS: c_int = 91;
const SET_GROUPS_LIST: c_int = 92;
const GET_SHARED_GROUP: c_int = 93;
const SET_SIGALGS: c_int = 97;
const SET_SIGALGS_LIST: c_int = 98;
const SET_CLIENT_SIGALGS: c_int = 101;
const SET_CLIENT_SIGALGS_LIST: c_int = 102;
const GET_PEER_SIGNATURE_NID: c_int = 108;
const GET_SIGNATURE_NID: c_int = 132;
const GET_NEGOTIATED_GROUP: c_int = 134;

/// A list that a command sets.
pub enum List {
    /// Of named groups.
    Groups(Arc<[u16]>),
    /// Of signature algorithms.
    SigAlgs(Arc<[u16]>),
    /// Of signature algorithms that a server asks of clients.
    ClientSigAlgs(Arc<[u16]>),
}

impl List {
    /// Puts the list where it belongs.
    pub fn store(self, settings: &mut Settings) {
        match self {
            Self::Groups(list) => settings.groups = list,
            Self::SigAlgs(list) => settings.sigalgs = Some(list),
            Self::ClientSigAlgs(list) => settings.client_sigalgs = Some(list),
        }
    }
}

/// Reads the list that a command sets: `None` when it is another command,
/// `Some(None)` when the list is refused.
///
/// # Safety
/// `parg` is what `cmd` needs: a string, or `larg` NIDs, or an EC_KEY.
pub unsafe fn list(cmd: c_int, larg: c_long, parg: *mut c_void) -> Option<Option<List>> {
    let name = match cmd {
        SET_GROUPS_LIST | SET_SIGALGS_LIST | SET_CLIENT_SIGALGS_LIST if !parg.is_null() => {
            // SAFETY: the caller's promise: a string.
            unsafe { CStr::from_ptr(parg.cast()) }.to_bytes()
        }
        _ => &[],
    };
    let nids = match (cmd, usize::try_from(larg)) {
        (SET_GROUPS | SET_SIGALGS | SET_CLIENT_SIGALGS, Ok(count)) if !parg.is_null() => {
            // SAFETY: the caller's promise: this many NIDs.
            unsafe { std::slice::from_raw_parts(parg.cast::<c_int>(), count) }
        }
        _ => &[],
    };
    Some(match cmd {
        SET_GROUPS_LIST => groups::parse_list(name).map(List::Groups),
        SET_GROUPS if larg == 0 => {
            err::raise(reason::BAD_LENGTH);
            None
        }
        SET_GROUPS => groups::from_nids(nids).map(List::Groups),
        SET_SIGALGS_LIST => sigalgs::parse_list(name).map(List::SigAlgs),
        SET_SIGALGS => sigalgs::from_nids(nids).map(List::SigAlgs),
        SET_CLIENT_SIGALGS_LIST => sigalgs::parse_list(name).map(List::ClientSigAlgs),
        SET_CLIENT_SIGALGS => sigalgs::from_nids(nids).map(List::ClientSigAlgs),
        SET_TMP_ECDH if parg.is_null() => {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            None
        }
        SET_TMP_ECDH => {
            // SAFETY: the caller's promise: an EC_KEY.
            let curve = unsafe { tmp_key::curve_nid(parg) };
            curve.and_then(|nid| groups::from_nids(&[nid])).map(List::Groups)
        }
        _ => return None,
    })
}

/// Whether a command without a context, which checks a list's syntax, finds it good.
///
/// # Safety
/// `parg` is NULL or a string.
pub unsafe fn is_list(cmd: c_int, parg: *mut c_void) -> bool {
    let checks = matches!(cmd, SET_GROUPS_LIST | SET_SIGALGS_LIST | SET_CLIENT_SIGALGS_LIST);
    // SAFETY: the caller's promise.
    checks && unsafe { list(cmd, 0, parg) }.flatten().is_some()
}

/// The commands that tell what was negotiated; `None` for other commands.
///
/// # Safety
/// `parg` is what `cmd` needs: where NIDs go.
pub unsafe fn negotiated(connection: &Connection, cmd: c_int, larg: c_long, parg: *mut c_void) -> Option<c_long> {
    Some(match cmd {
        GET_GROUPS => {
            let offered = peer_groups(connection);
            if !parg.is_null() {
                for (at, id) in offered.iter().enumerate() {
                    // SAFETY: the caller's promise: room for as many as there are.
                    unsafe { parg.cast::<c_int>().add(at).write(groups::nid_of(*id)) };
                }
            }
            offered.len() as c_long
        }
        GET_SHARED_GROUP => shared_group(connection, larg),
        GET_NEGOTIATED_GROUP => match connection.negotiated.borrow().group {
            0 => 0,
            id => groups::nid_of(id).into(),
        },
        // SAFETY: the connection is alive; the caller's promise for `parg`.
        GET_PEER_SIGNATURE_NID => unsafe {
            signature_nid(connection.as_ptr(), parg.cast(), |n| n.peer_signature, |known| known.hash).into()
        },
        // SAFETY: as above.
        GET_SIGNATURE_NID => unsafe {
            signature_nid(connection.as_ptr(), parg.cast(), |n| n.signature, |known| known.hash).into()
        },
        _ => return None,
    })
}

/// The group at `index` among those that a server shares with its client, or
/// how many they are for -1; 0 on clients.
fn shared_group(connection: &Connection, index: c_long) -> c_long {
    const OP_CIPHER_SERVER_PREFERENCE: u64 = 1 << 22;
    const COUNT: c_int = -1;
    const FIRST: c_int = -2;
    if connection.role.get() != Role::Server {
        return 0;
    }
    let (ours, theirs) = (connection.shareable_groups(), peer_groups(connection));
    let server_first = connection.settings.borrow().options & OP_CIPHER_SERVER_PREFERENCE != 0;
    let (first, second) = if server_first { (&*ours, &*theirs) } else { (&*theirs, &*ours) };
    let mut shared = first.iter().filter(|id| second.contains(id));
    // An int in OpenSSL; -2 is the one to use.
    match index as c_int {
        COUNT => shared.count() as c_long,
        FIRST => shared.next().map_or(0, |id| groups::nid_of(*id).into()),
        index => usize::try_from(index).ok().and_then(|at| shared.nth(at)).map_or(0, |id| groups::nid_of(*id).into()),
    }
}

/// The groups that the peer offered. OpenSSL does not read them where it resumes in
/// TLS 1.2.
fn peer_groups(connection: &Connection) -> Vec<u16> {
    let negotiated = connection.negotiated.borrow();
    if connection.reused.get() && negotiated.version == TLS1_2 { Vec::new() } else { negotiated.peer_groups.clone() }
}
