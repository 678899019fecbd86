//! interim
use super::Session;
use crate::connection::Connection;
use crate::ffi::Ref;
pub enum Opened {
    Session { session: Ref<Session>, renew: bool },
    Refused,
    Fatal,
}
pub fn open(_c: &Connection, _t: &[u8], _id: &[u8]) -> Opened {
    Opened::Refused
}
pub fn seal(_c: &Connection, _s: &Ref<Session>) -> Option<Vec<u8>> {
    None
}
