#!/bin/bash
# make install into a folder of its own: what is there, whether a program built
# by pkg-config runs on it, what the command says, and that uninstall leaves nothing.
set -u
cd "$(dirname "$0")/.."
. tests/programs/lib.sh

root=$work/root
prefix=/opt/tessera
make -s install DESTDIR="$root" PREFIX=$prefix >"$work/install.log" 2>&1
check "make install" is 0 $?

for file in lib/tessera/libssl.so.3 lib/tessera/libssl.so include/tessera/openssl/ssl.h \
    lib/pkgconfig/tessera.pc bin/tessera; do
    check "installs $file" test -e "$root$prefix/$file"
done
check "nothing else outside its own folders" is 5 "$(find "$root" ! -type d | wc -l)"

# As a builder would: the pkg-config file, with the folder it was staged in.
export PKG_CONFIG_PATH=$root$prefix/lib/pkgconfig
flags=$(pkg-config --define-variable=prefix="$root$prefix" --cflags --libs tessera)
check "pkg-config finds it" test -n "$flags"
# shellcheck disable=SC2086 # the flags are words
${CC:-cc} -o "$work/resume" examples/resume.c $flags -pthread -ldl >"$work/cc.log" 2>&1
check "a program compiles and links against it" is 0 $?
loaded=$(ldd "$work/resume" | sed -n 's/.*libssl.so.3 => \([^ ]*\).*/\1/p')
check "and runs on the installed library" same_file "$loaded" "$root$prefix/lib/tessera/libssl.so.3"

command=$root$prefix/bin/tessera
check "tessera --where" same_file "$("$command" --where)" "$root$prefix/lib/tessera"
check "tessera --version" matches "$("$command" --version)" "tessera [0-9]*"
check "tessera --help" matches "$("$command" --help)" "usage: tessera*"
"$command" sleep 600 &
sleeper=$!
later kill $sleeper
check "a program's exit status" is 7 "$("$command" sh -c 'exit 7'; echo $?)"
check "LD_LIBRARY_PATH" matches "$("$command" sh -c 'echo $LD_LIBRARY_PATH')" "*/lib/tessera*"
check "--preload" matches "$("$command" --preload env | sed -n 's/^LD_PRELOAD=//p')" "*/lib/tessera/libssl.so.3*"
check "--which of a program without libssl" matches "$("$command" --which $sleeper)" "*no libssl loaded"
check "--which of a program that isn't running" \
    matches "$("$command" --which "$work/resume")" "*by tessera: *libssl.so.3 (Tessera)"

make -s uninstall DESTDIR="$root" PREFIX=$prefix >>"$work/install.log" 2>&1
check "make uninstall leaves nothing" is 0 "$(find "$root" ! -type d | wc -l)"

finish
