//! The internal session cache of an `SSL_CTX`.
//!
//! Sessions are found by protocol version and id, and leave in the order in
//! which they expire. All operations are O(log n). No callback runs, and no
//! session is freed, while the lock is held.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, Weak};

use libc::{c_int, c_long};

use super::expiry::Expiry;
use super::{Fields, Id, Session, now};
use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::ffi::types::lhash_st_SSL_SESSION;
use crate::ffi::{Ref, callbacks};
use crate::libcrypto::lhash::Table;
use crate::sync::{Mutex, MutexGuard};

/// `SSL_SESS_CACHE_*`
pub mod mode {
    /// Clients store and report their sessions.
    pub const CLIENT: u32 = 0x1;
    /// Servers do.
    pub const SERVER: u32 = 0x2;
    /// Expired sessions are not removed by themselves.
    pub const NO_AUTO_CLEAR: u32 = 0x80;
    /// Servers look sessions up by the get callback only.
    pub const NO_INTERNAL_LOOKUP: u32 = 0x100;
    /// Sessions are reported only.
    pub const NO_INTERNAL_STORE: u32 = 0x200;
    /// A session's time starts when it enters the cache.
    pub const UPDATE_TIME: u32 = 0x400;
}

/// What `SSL_CTX_sess_*` count.
#[derive(Default)]
#[allow(missing_docs)]
pub struct Counters {
    pub connect: AtomicU32,
    pub connect_renegotiate: AtomicU32,
    pub connect_good: AtomicU32,
    pub accept: AtomicU32,
    pub accept_renegotiate: AtomicU32,
    pub accept_good: AtomicU32,
    pub misses: AtomicU32,
    pub timeouts: AtomicU32,
    pub cache_full: AtomicU32,
    pub hits: AtomicU32,
    pub cb_hits: AtomicU32,
}

/// Counts one event.
pub fn count(counter: &AtomicU32) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Takes back what [`count`] did.
pub fn take_back(counter: &AtomicU32) {
    counter.fetch_sub(1, Ordering::Relaxed);
}

/// The session cache of an `SSL_CTX`, with what is configured for it.
pub struct Cache {
    shelf: Arc<Shelf>,
    mode: AtomicU32,
    size: AtomicI64,
    timeout: AtomicI64,
    /// The statistics.
    pub counters: Counters,
}

impl Cache {
    /// The most sessions, unless configured otherwise.
    pub const DEFAULT_SIZE: c_long = 1024 * 20;
    /// The timeout of new sessions, unless configured otherwise, in seconds.
    pub const DEFAULT_TIMEOUT: c_long = 2 * 60 * 60;

    /// `SSL_SESS_CACHE_*`
    pub fn mode(&self) -> u32 {
        self.mode.load(Ordering::Relaxed)
    }

    /// Sets the mode and returns the previous one.
    pub fn set_mode(&self, mode: u32) -> u32 {
        self.mode.swap(mode, Ordering::Relaxed)
    }

    /// How many sessions it may hold; 0 is no limit.
    pub fn size(&self) -> c_long {
        self.size.load(Ordering::Relaxed)
    }

    /// Sets the size and returns the previous one; a negative size changes
    /// nothing and gives 0.
    pub fn set_size(&self, size: c_long) -> c_long {
        if size < 0 { 0 } else { self.size.swap(size, Ordering::Relaxed) }
    }

    /// The timeout of new sessions in seconds; 0 is the default.
    pub fn timeout(&self) -> c_long {
        self.timeout.load(Ordering::Relaxed)
    }

    /// The timeout that a new session gets.
    pub fn new_session_timeout(&self) -> c_long {
        match self.timeout() {
            0 => Self::DEFAULT_TIMEOUT,
            timeout => timeout,
        }
    }

    /// Sets the timeout and returns the previous one.
    pub fn set_timeout(&self, timeout: c_long) -> c_long {
        self.timeout.swap(timeout, Ordering::Relaxed)
    }

    /// How many sessions it holds.
    pub fn number(&self) -> usize {
        self.shelf.lock().by_id.len()
    }

    /// The sessions it holds, as a table of libcrypto's that changes with the
    /// cache and lives as long; NULL when memory is short.
    pub fn table(&self) -> *mut lhash_st_SSL_SESSION {
        self.shelf.lock().table()
    }

    /// Whether there is a session with this version and id.
    pub fn contains(&self, version: c_int, id: &Id) -> bool {
        self.shelf.lock().by_id.contains_key(&Key { version, id: *id })
    }

    /// The session with this version and id.
    pub fn get(&self, version: c_int, id: &Id) -> Option<Ref<Session>> {
        self.shelf.lock().by_id.get(&Key { version, id: *id }).map(|entry| entry.session.clone())
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            shelf: Arc::default(),
            mode: AtomicU32::new(mode::SERVER),
            size: AtomicI64::new(Self::DEFAULT_SIZE),
            timeout: AtomicI64::new(Self::DEFAULT_TIMEOUT),
            counters: Counters::default(),
        }
    }
}

/// Puts a session into the cache: `SSL_CTX_add_session`. False when the same
/// object is there already. Another one with its version and id is replaced,
/// and when the cache is full the first to expire goes.
pub fn add(context: &Context, session: &Ref<Session>) -> bool {
    let cache = &context.sessions;
    if cache.mode() & mode::UPDATE_TIME != 0 {
        session.update(|fields| fields.time = now());
    }
    let (key, expiry) = session.read(|fields| (Key::of(fields), fields.expiry()));
    let (new, replaced, victims) = {
        let mut stock = cache.shelf.lock();
        let (place, replaced) = stock.put_by_id(key, expiry, session);
        let new = !replaced.as_ref().is_some_and(|old| Ref::same(old, session));
        // As with OpenSSL the new one counts when room is made, but cannot be
        // chosen: it is not among those that expire yet.
        let victims = if new { stock.surplus(cache.size()) } else { Vec::new() };
        stock.by_expiry.insert(place, key);
        (new, replaced, victims)
    };
    session.set_shelf(Arc::downgrade(&cache.shelf));
    if new {
        forget_shelf(replaced.iter(), cache);
    }
    // Here each is released before the next is told of; a flush does that at its end.
    for victim in victims {
        if take_and_report(context, &victim, |_| true) {
            count(&cache.counters.cache_full);
        }
    }
    new
}

/// Takes a session out of the cache, and out of the application's by its
/// callback, and ruins it even if it was in neither:
/// `SSL_CTX_remove_session`. True when the cache had one of its version and id.
pub fn remove(context: &Context, session: &Ref<Session>) -> bool {
    if session.read(|fields| fields.id.is_empty()) {
        return false;
    }
    let removed = context.sessions.shelf.lock().take(session);
    session.ruin();
    forget_shelf(removed.iter(), &context.sessions);
    report_removed(context, session);
    removed.is_some()
}

/// Takes out what has expired at `time`, or everything when it is 0, the first
/// to expire first: `SSL_CTX_flush_sessions`.
pub fn flush(context: &Context, time: i64) {
    let alive = Place::new(Expiry::at(time), 0);
    let gone = |place: Place| time == 0 || place < alive;
    // One after the other, as callbacks see the number that is left, and may
    // use the cache. Each lives until all have been reported.
    let expired = context.sessions.shelf.lock().first_while(gone);
    for session in &expired {
        take_and_report(context, session, gone);
    }
}

/// Takes a session out if it is still there, and `still` holds for its expiry.
fn take_and_report(context: &Context, listed: &Listed, still: impl Fn(Place) -> bool) -> bool {
    let removed = context.sessions.shelf.lock().take_listed(listed, still);
    if let Some(session) = &removed {
        session.ruin();
        session.leave_shelf(&context.sessions.shelf);
        report_removed(context, session);
    }
    removed.is_some()
}

/// Looks for the session that a client of this server offers, in the cache and
/// then through the application's callback.
pub fn find(connection: &Connection, version: c_int, id: &[u8]) -> Option<Ref<Session>> {
    let context = &connection.session_context;
    let cache = &context.sessions;
    if cache.mode() & mode::NO_INTERNAL_LOOKUP == 0 {
        let found = cache.get(version, &Id::new(id)?);
        if found.is_some() {
            return found;
        }
        count(&cache.counters.misses);
    }
    let found = callbacks::get_session(context.callbacks().get_session?, connection, id)?;
    if found.read(|fields| fields.not_resumable) {
        return None;
    }
    count(&cache.counters.cb_hits);
    if cache.mode() & mode::NO_INTERNAL_STORE == 0 {
        add(context, &found);
    }
    Some(found)
}

const TLS1_3_VERSION: c_int = 0x0304;

/// Stores and reports the connection's new session, as the mode bit `role`
/// ([`mode::CLIENT`] or [`mode::SERVER`]) allows.
pub fn update(connection: &Connection, role: u32) {
    let Some(session) = connection.session.borrow().clone() else { return };
    let (has_id, not_resumable, has_context, version) = session.read(|fields| {
        (!fields.id.is_empty(), fields.not_resumable, !fields.id_context.as_bytes().is_empty(), fields.version)
    });
    if !has_id || not_resumable {
        return;
    }
    let is_server = connection.role.get() == Role::Server;
    let verifies_clients = connection.settings.borrow().verify_mode.of_server().asks();
    // A server that verifies its clients could never resume it: it would not
    // know what the session was good for.
    if is_server && !has_context && verifies_clients {
        return;
    }

    let context = &connection.session_context;
    let mode = context.sessions.mode();
    let is_tls13 = version == TLS1_3_VERSION;
    if mode & role != 0 && (!connection.reused.get() || is_tls13) {
        // A TLS 1.3 server keeps its sessions in their tickets, unless it must
        // recognise replays, tell of removals, or uses no tickets.
        let stateful =
            !is_tls13 || !is_server || connection.stateful_tickets() || context.callbacks().remove_session.is_some();
        if mode & mode::NO_INTERNAL_STORE == 0 && stateful {
            add(context, &session);
        }
        if let Some(callback) = context.callbacks().new_session {
            callbacks::new_session(callback, connection, session);
        }
    }

    if mode & mode::NO_AUTO_CLEAR == 0 && mode & role == role {
        let counters = &context.sessions.counters;
        let good = if role & mode::CLIENT != 0 { &counters.connect_good } else { &counters.accept_good };
        if good.load(Ordering::Relaxed) & 0xff == 0xff {
            flush(context, now());
        }
    }
}

fn report_removed(context: &Context, session: &Ref<Session>) {
    if let Some(callback) = context.callbacks().remove_session {
        callbacks::remove_session(callback, context, session);
    }
}

fn forget_shelf<'a>(sessions: impl Iterator<Item = &'a Ref<Session>>, cache: &Cache) {
    for session in sessions {
        session.leave_shelf(&cache.shelf);
    }
}

/// What a session is found by. Peers choose ids, so the hash is a keyed one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    version: c_int,
    id: Id,
}

impl Key {
    fn of(fields: &Fields) -> Self {
        Self { version: fields.version, id: fields.id }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // An id is hardly ever there in two versions.
        self.id.hash(state);
    }
}

/// Where a session stands among those that expire: by its end, and of equals the
/// one that was added first comes first. In two words, as there are many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64, u64);

impl Place {
    /// The place of the session that is the number `added`.
    fn new(expiry: Expiry, added: u64) -> Self {
        // No cache lives to see 2^63 sessions.
        let place = expiry.rank() << 63 | u128::from(added);
        Self((place >> 64) as u64, place as u64)
    }
}

/// A session in the cache, and where it is.
type Listed = (Key, Ref<Session>);

/// The sessions of one cache. Each knows its shelf, so that its place changes
/// when its time does.
#[derive(Default)]
pub(super) struct Shelf(Mutex<Stock>);

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `session`, if it is here, where its new expiry belongs.
    pub(super) fn sort(&self, session: &Session) {
        let (key, expiry) = session.read(|fields| (Key::of(fields), fields.expiry()));
        let mut stock = self.lock();
        let new = Place::new(expiry, stock.added);
        let here = stock.by_id.get_mut(&key).filter(|entry| entry.session.as_ptr() == session.as_ptr());
        if let Some(entry) = here {
            let old = std::mem::replace(&mut entry.place, new);
            stock.added += 1;
            stock.by_expiry.remove(&old);
            stock.by_expiry.insert(new, key);
        }
    }
}

struct Entry {
    session: Ref<Session>,
    place: Place,
}

#[derive(Default)]
struct Stock {
    by_id: HashMap<Key, Entry>,
    by_expiry: BTreeMap<Place, Key>,
    added: u64,
    // For programs that asked for it; its pointers are those of `by_id`.
    table: Option<Table>,
}

impl Stock {
    fn table(&mut self) -> *mut lhash_st_SSL_SESSION {
        if self.table.is_none() {
            self.table = Table::new();
            self.fill_table();
        }
        self.table.as_ref().map_or(std::ptr::null_mut(), Table::as_ptr)
    }

    fn fill_table(&self) {
        if let Some(table) = &self.table {
            table.clear();
            self.by_id.values().for_each(|entry| table.insert(&entry.session));
        }
    }

    /// Takes out of the table a session that is no longer here.
    fn leave_table(&self, session: &Ref<Session>) {
        // Where a program has changed the id of a session inside, the table
        // does not find it by that.
        if self.table.as_ref().is_some_and(|table| !table.remove(session)) {
            self.fill_table();
        }
    }

    /// Files `session` under its key, in the stead of another. Its place among
    /// those that expire is still to be taken.
    fn put_by_id(&mut self, key: Key, expiry: Expiry, session: &Ref<Session>) -> (Place, Option<Ref<Session>>) {
        let place = Place::new(expiry, self.added);
        self.added += 1;
        let replaced = self.by_id.insert(key, Entry { session: session.clone(), place });
        if let Some(old) = &replaced {
            self.by_expiry.remove(&old.place);
            self.leave_table(&old.session);
        }
        if let Some(table) = &self.table {
            table.insert(session);
        }
        (place, replaced.map(|old| old.session))
    }

    /// Takes out the session with the version and id of this one.
    fn take(&mut self, session: &Session) -> Option<Ref<Session>> {
        self.take_key(&session.read(Key::of))
    }

    /// Takes a session out, if it is still here and `holds` for its place.
    fn take_listed(&mut self, (key, session): &Listed, holds: impl Fn(Place) -> bool) -> Option<Ref<Session>> {
        let entry = self.by_id.get(key)?;
        let found = Ref::same(&entry.session, session) && holds(entry.place);
        if found { self.take_key(key) } else { None }
    }

    fn take_key(&mut self, key: &Key) -> Option<Ref<Session>> {
        let entry = self.by_id.remove(key)?;
        self.by_expiry.remove(&entry.place);
        self.leave_table(&entry.session);
        Some(entry.session)
    }

    /// The first to expire, as long as `holds` for their places.
    fn first_while(&self, holds: impl Fn(Place) -> bool) -> Vec<Listed> {
        let keys = self.by_expiry.iter().take_while(|(place, _)| holds(**place));
        keys.filter_map(|(_, key)| Some((*key, self.by_id.get(key)?.session.clone()))).collect()
    }

    /// The first to expire that must go because another one came, for a cache of
    /// this size. As in OpenSSL, a session without id stays and so do those after
    /// it.
    fn surplus(&self, size: c_long) -> Vec<Listed> {
        let number = self.by_id.len() as c_long;
        let most = if size > 0 { number - (size - 1).max(1) } else { 0 };
        let keys = self.by_expiry.values().take(usize::try_from(most).unwrap_or(0));
        let keys = keys.take_while(|key| !key.id.is_empty());
        keys.filter_map(|key| Some((*key, self.by_id.get(key)?.session.clone()))).collect()
    }
}

/// Where a session is, if it is in a cache.
#[derive(Default)]
pub(super) struct Whereabouts(Mutex<Weak<Shelf>>);

impl Whereabouts {
    fn lock(&self) -> MutexGuard<'_, Weak<Shelf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self) -> Option<Arc<Shelf>> {
        self.lock().upgrade()
    }
}

impl Session {
    fn set_shelf(&self, shelf: Weak<Shelf>) {
        *self.whereabouts.lock() = shelf;
    }

    fn leave_shelf(&self, shelf: &Arc<Shelf>) {
        let mut here = self.whereabouts.lock();
        if here.as_ptr() == Arc::as_ptr(shelf) {
            *here = Weak::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::boundary::Callback;
    use crate::context::method;
    use crate::ffi::types::{SSL_CTX, SSL_SESSION};
    use crate::libcrypto::library::Library;

    thread_local! {
        static REMOVED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    extern "C" fn removed(_: *mut SSL_CTX, session: *mut SSL_SESSION) {
        REMOVED.with_borrow_mut(|all| all.push(session as usize));
    }

    fn context() -> Ref<Context> {
        let context = Context::new(&method::TLS, Library::default()).unwrap();
        context.update_callbacks(|callbacks| callbacks.remove_session = Callback::from_c(Some(removed)));
        REMOVED.take();
        context
    }

    fn session(id: u8, timeout: i64) -> Ref<Session> {
        let session = Session::new().unwrap();
        session.update(|fields| {
            fields.id = Id::new(&[id]).unwrap();
            fields.version = 0x0303;
            fields.time = 1000;
            fields.timeout = timeout;
        });
        session
    }

    fn in_order(context: &Context) -> Vec<Ref<Session>> {
        context.sessions.shelf.lock().first_while(|_| true).into_iter().map(|(_, session)| session).collect()
    }

    fn was_removed(session: &Ref<Session>) -> bool {
        REMOVED.with_borrow(|all| all.contains(&(session.as_ptr() as usize)))
    }

    #[test]
    fn defaults() {
        let context = context();
        let cache = &context.sessions;
        assert_eq!((cache.mode(), cache.size(), cache.timeout()), (2, 20480, 7200));
        assert_eq!(cache.set_size(-1), 0);
        assert_eq!(cache.set_size(5), 20480);
        assert_eq!(cache.set_mode(3), 2);
        assert_eq!(cache.set_timeout(9), 7200);
    }

    #[test]
    fn one_reference_while_inside() {
        let context = context();
        let a = session(1, 10);
        assert!(add(&context, &a));
        assert_eq!(Ref::count(&a), 2);
        assert!(!add(&context, &a));
        assert_eq!(Ref::count(&a), 2);
        assert!(a.is_resumable());
        assert!(remove(&context, &a));
        assert_eq!(Ref::count(&a), 1);
        assert!(!a.is_resumable());
        assert!(was_removed(&a));
        assert!(!remove(&context, &a));
        assert_eq!(REMOVED.with_borrow(Vec::len), 2);
    }

    #[test]
    fn an_equal_id_replaces_in_silence() {
        let context = context();
        let (a, b) = (session(1, 10), session(1, 20));
        add(&context, &a);
        assert!(add(&context, &b));
        assert_eq!((Ref::count(&a), Ref::count(&b)), (1, 2));
        assert!(a.is_resumable());
        assert!(!was_removed(&a));
        let other_version = session(1, 10);
        other_version.update(|fields| fields.version = 0x0304);
        assert!(add(&context, &other_version));
        assert_eq!(context.sessions.number(), 2);
        flush(&context, 0);
    }

    #[test]
    fn without_id_it_can_be_added_but_not_removed() {
        let context = context();
        let a = session(1, 10);
        a.update(|fields| fields.id = Id::default());
        assert!(add(&context, &a));
        assert!(!remove(&context, &a));
        assert_eq!(context.sessions.number(), 1);
        drop(context);
        assert_eq!(Ref::count(&a), 1);
    }

    #[test]
    fn the_first_to_expire_makes_room() {
        let context = context();
        context.sessions.set_size(3);
        let all: Vec<_> = [(1, 30), (2, 10), (3, 20), (4, 5)].map(|(id, timeout)| session(id, timeout)).into();
        for session in &all {
            add(&context, session);
        }
        // Size 3 holds 2. The newest is not chosen, though it expires first.
        assert_eq!(context.sessions.number(), 2);
        assert_eq!(all.iter().map(was_removed).collect::<Vec<_>>(), [false, true, true, false]);
        assert!(!all[1].is_resumable());
        assert_eq!(context.sessions.counters.cache_full.load(Ordering::Relaxed), 2);
        flush(&context, 0);
    }

    #[test]
    fn a_size_of_one_holds_one_and_zero_any_number() {
        let context = context();
        context.sessions.set_size(1);
        let all: Vec<_> = (1..50).map(|id| session(id, 10)).collect();
        for session in &all[..3] {
            add(&context, session);
            assert_eq!(context.sessions.number(), 1);
        }
        context.sessions.set_size(0);
        for session in &all {
            add(&context, session);
        }
        assert_eq!(context.sessions.number(), all.len());
        flush(&context, 0);
    }

    #[test]
    fn of_equals_the_first_added_goes_first() {
        let context = context();
        let all: Vec<_> = (1..4).map(|id| session(id, 10)).collect();
        for session in &all {
            add(&context, session);
        }
        flush(&context, 0);
        let order = all.iter().map(|session| session.as_ptr() as usize).collect::<Vec<_>>();
        assert_eq!(REMOVED.take(), order);
    }

    #[test]
    fn flush_stops_at_the_first_that_lives() {
        let context = context();
        let (a, b) = (session(1, 10), session(2, 20));
        add(&context, &b);
        add(&context, &a);
        flush(&context, 1010);
        assert_eq!(context.sessions.number(), 2);
        flush(&context, 1011);
        assert_eq!(context.sessions.number(), 1);
        assert!(was_removed(&a) && !was_removed(&b));
        flush(&context, 0);
    }

    #[test]
    fn a_new_time_changes_the_order() {
        let context = context();
        let (a, b) = (session(1, 10), session(2, 20));
        add(&context, &a);
        add(&context, &b);
        a.set_timeout(30);
        assert_eq!(in_order(&context), [b.clone(), a.clone()]);
        b.set_time(2000);
        assert_eq!(in_order(&context), [a.clone(), b.clone()]);
        assert_eq!((Ref::count(&a), Ref::count(&b)), (2, 2));
        remove(&context, &a);
        a.set_timeout(40);
        assert_eq!(context.sessions.number(), 1);
        flush(&context, 0);
    }

    #[test]
    fn freeing_the_context_removes_all() {
        let context = context();
        let (a, b) = (session(1, 20), session(2, 10));
        add(&context, &a);
        add(&context, &b);
        drop(context);
        assert_eq!(REMOVED.take(), [b.as_ptr() as usize, a.as_ptr() as usize]);
        assert_eq!((Ref::count(&a), Ref::count(&b)), (1, 1));
        a.set_timeout(50);
    }

    #[test]
    fn threads_may_share_it() {
        let context = context();
        context.sessions.set_size(20);
        let all: Vec<_> = (1..60).map(|id| session(id, i64::from(id))).collect();
        std::thread::scope(|scope| {
            for start in 0..4 {
                let (context, all) = (&context, &all);
                scope.spawn(move || {
                    for round in 0..200 {
                        let session = &all[(start * 13 + round * 7) % all.len()];
                        match (start + round) % 5 {
                            0 => _ = remove(context, session),
                            1 => session.set_timeout(round as i64),
                            2 => flush(context, 1000 + round as i64),
                            _ => _ = add(context, session),
                        }
                        assert!(context.sessions.number() < 20 + 4);
                    }
                });
            }
        });
        flush(&context, 0);
        assert_eq!(context.sessions.number(), 0);
        assert!(all.iter().all(|session| Ref::count(session) == 1));
    }

    #[test]
    fn update_time_starts_the_clock_when_added() {
        let context = context();
        context.sessions.set_mode(mode::SERVER | mode::UPDATE_TIME);
        let a = session(1, 10);
        add(&context, &a);
        assert!(a.read(|fields| fields.time) > 1_700_000_000);
        flush(&context, 0);
    }
}
