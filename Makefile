# Tessera: build, show, test, measure and install a drop-in libssl.so.3.

PREFIX  ?= /usr/local
DESTDIR ?=
CARGO   ?= cargo
CC      ?= cc
CFLAGS  ?= -O2 -g -Wall -Wextra

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
BUILT   := target/release/libssl.so.3

# A private folder: the system's libssl is never written over.
libdir      = $(PREFIX)/lib/tessera
includedir  = $(PREFIX)/include/tessera
pcdir       = $(PREFIX)/lib/pkgconfig
bindir      = $(PREFIX)/bin

.PHONY: build demo check check-programs bench header compatibility programs-page install uninstall clean

build:
	tests/deps.sh build
	$(CARGO) build --release

demo: build
	tests/deps.sh demo
	examples/demo.sh

check:
	tests/deps.sh check
	tests/check.sh

# The tests of real programs that take minutes.
check-programs:
	tests/deps.sh check-programs
	tests/check.sh programs

bench: build
	tests/deps.sh bench
	bench/run.py
	bench/cache.sh

# Writes include/openssl/ssl.h again from the Rust sources.
header:
	TESSERA_UPDATE_HEADER=1 $(CARGO) test --test header

# Writes docs/compatibility.md again from abi/ and docs/programs.md.
compatibility:
	tests/compatibility.py --write

# Writes docs/programs.md again from the last `make check` and `make check-programs`.
programs-page:
	tests/programs/table.py --write
	tests/compatibility.py --write

# Installs what `make build` made; builds only if there is nothing to install,
# so that `sudo make install` needs no toolchain.
install:
	test -e $(BUILT) || $(MAKE) build
	install -d $(DESTDIR)$(libdir) $(DESTDIR)$(includedir)/openssl $(DESTDIR)$(pcdir) $(DESTDIR)$(bindir)
	install -m 755 $(BUILT) $(DESTDIR)$(libdir)/libssl.so.3
	ln -sf libssl.so.3 $(DESTDIR)$(libdir)/libssl.so
	install -m 644 include/openssl/ssl.h $(DESTDIR)$(includedir)/openssl/ssl.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' packaging/tessera.pc.in > $(DESTDIR)$(pcdir)/tessera.pc
	chmod 644 $(DESTDIR)$(pcdir)/tessera.pc
	install -m 755 bin/tessera $(DESTDIR)$(bindir)/tessera

uninstall:
	rm -f $(DESTDIR)$(libdir)/libssl.so.3 $(DESTDIR)$(libdir)/libssl.so
	rm -f $(DESTDIR)$(includedir)/openssl/ssl.h
	rm -f $(DESTDIR)$(pcdir)/tessera.pc $(DESTDIR)$(bindir)/tessera
	-rmdir $(DESTDIR)$(libdir) $(DESTDIR)$(includedir)/openssl $(DESTDIR)$(includedir)

clean:
	$(CARGO) clean
	rm -rf build capi-tests/build
