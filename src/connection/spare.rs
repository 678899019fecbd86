//! Memory to read into, which passes from one connection of a thread to the next: so
//! that none is made for each record, and an idle connection has none.

use std::cell::Cell;

/// The largest buffer that is kept for the next connection to use.
const MOST_KEPT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer, with memory if there is some to spare. This and [`give`] are not inlined:
/// between them the program may move the caller to another thread, whose variable has another
/// address, which the compiler does not expect.
#[inline(never)]
pub fn take() -> Vec<u8> {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

/// Gives up the memory of `buffer`, which nobody needs the content of.
#[inline(never)]
pub fn give(buffer: &mut Vec<u8>) {
    let mut buffer = std::mem::take(buffer);
    if (1..=MOST_KEPT).contains(&buffer.capacity()) {
        buffer.clear();
        let _ = SPARE.try_with(|spare| {
            let other = spare.take();
            spare.set(if other.capacity() > buffer.capacity() { other } else { buffer });
        });
    }
}
