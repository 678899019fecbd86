#!/bin/bash
# The ABI gate: abi.sh [PATH_TO_LIBSSL] (default: target/release/libssl.so.3)
#
# Symbols: the library exports exactly the functions of abi/libssl.tsv, each at
# its version node, and is linked as the system's libssl.so.3 is.
# Header: every prototype of include/openssl/ssl.h has the signature of the
# system's header, every macro of the system's ssl.h exists in ours with the
# same value, as every macro of the headers that go with it; those that stand for a command
# of the ctrl functions can be used; and these headers compile over ours in any order.
#
# One line per group and the sum: "N passed, M failed"; the exit status is 0 when
# nothing failed.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
library=${1:-$root/target/release/libssl.so.3}
header=$root/include/openssl/ssl.h
system=${TESSERA_SYSTEM_INCLUDE:-/usr/include}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passes=0
failures=0
families="ssl.h ssl2.h ssl3.h tls1.h dtls1.h srtp.h sslerr.h"
compile=(cc -std=gnu11 -Wall -Werror -Wno-deprecated-declarations -fsyntax-only)

# report NAME PASSED FAILED-LINES-FILE
report() {
    local failed
    failed=$(wc -l < "$3")
    [ "$failed" -eq 0 ] || sed "s/^/abi\/$1: /" "$3" >&2
    echo "abi/$1: $2 passed, $failed failed"
    passes=$((passes + $2))
    failures=$((failures + failed))
}

symbols() {
    tail -n +2 "$root/abi/libssl.tsv" | awk -F'\t' '{ print $1 "@@" $2 }' | sort > "$work/wanted"
    # Version nodes are absolute symbols of their own: not functions.
    readelf -W --dyn-syms "$library" | awk '$7 != "UND" && $7 != "ABS" && NR > 3 { print $8 }' | sort > "$work/found"
    comm -3 "$work/wanted" "$work/found" |
        awk -F'\t' '{ print ($1 != "" ? "missing: " $1 : "not in abi/libssl.tsv: " $2) }' > "$work/bad"
    report symbols "$(comm -12 "$work/wanted" "$work/found" | wc -l)" "$work/bad"
}

dynamic_section() {
    readelf -W -d "$library" > "$work/dynamic"
    : > "$work/bad"
    grep -q 'SONAME.*\[libssl\.so\.3\]' "$work/dynamic" || echo "soname is not libssl.so.3" >> "$work/bad"
    grep -q 'NEEDED.*\[libcrypto\.so\.3\]' "$work/dynamic" || echo "does not need libcrypto.so.3" >> "$work/bad"
    grep -q 'NEEDED.*\[libssl' "$work/dynamic" && echo "needs another libssl" >> "$work/bad"
    grep -q 'FLAGS.*NODELETE' "$work/dynamic" || echo "can be unloaded" >> "$work/bad"
    report link $((4 - $(wc -l < "$work/bad"))) "$work/bad"
}

# Our prototypes and callback types behind the system's declarations of the
# same names: a difference is a compile error.
signatures() {
    {
        printf '#include <openssl/%s>\n' $families ct.h
        sed -n '/^\/\* Prototypes begin. \*\//,/^\/\* Prototypes end. \*\//p' "$header"
    } > "$work/signatures.c"
    "${compile[@]}" -fmax-errors=0 "$work/signatures.c" 2>&1 | grep 'error:' | sed 's/.*error: //' > "$work/bad"
    # And the system's header must know each name, or nothing was compared.
    {
        printf '#include <openssl/%s>\n' $families ct.h
        echo 'void *names[] = {'
        tail -n +2 "$root/abi/libssl.tsv" | cut -f1 | sed 's/.*/(void *)\&(&),/'
        echo '};'
    } > "$work/declared.c"
    "${compile[@]}" -fmax-errors=0 "$work/declared.c" 2>&1 | grep 'error:' | sed 's/.*error: //' >> "$work/bad"
    report signatures $(($(tail -n +2 "$root/abi/libssl.tsv" | wc -l) - $(wc -l < "$work/bad"))) "$work/bad"
}

# The names that a header defines as macros, without those of its includes.
macro_names() {
    sed -n 's/^[ \t]*#[ \t]*define[ \t]\+\([A-Za-z0-9_]*\).*/\1/p' "$1" | sort -u
}

# Left out of the comparison, and why:
#   sk_*                 inline functions in ours (DEFINE_STACK_OF), macros in the system's
#   SSL_disable_ct, SSL_CTX_disable_ct
#                        the system's call a function that does not exist
not_compared='^sk_|^SSL_disable_ct$|^SSL_CTX_disable_ct$|^OPENSSL_SSL_H$|^HEADER_SSL_H$'

macros() {
    macro_names "$system/openssl/ssl.h" | grep -Ev "$not_compared" > "$work/names"
    {
        echo '#include <openssl/ssl.h>'
        echo '#include <stdio.h>'
        echo '#define SHOW(name, value) printf(_Generic((value), char *: "%s %zu \"%s\"\n", default: "%s %zu %lld\n"), name, sizeof(value), (value))'
        echo 'int main(void) {'
        # A macro that takes arguments, or names a function, is compared as text below.
        while read -r name; do
            grep -Eq "define[ \t]+$name(\(|[ \t]+(SSL|TLS)_[a-zA-Z0-9_]*[a-z][a-zA-Z0-9_]*[ \t]*(/\*.*)?$)" "$system/openssl/ssl.h" ||
                printf '#ifdef %s\nSHOW("%s", %s);\n#endif\n' "$name" "$name" "$name"
        done < "$work/names"
        echo 'return 0; }'
    } > "$work/values.c"
    cc -w -I"$root/include" "$work/values.c" -o "$work/ours" && "$work/ours" > "$work/ours.values"
    cc -w -I"$system" "$work/values.c" -o "$work/theirs" && "$work/theirs" > "$work/theirs.values"
    diff "$work/theirs.values" "$work/ours.values" | sed -n 's/^< /system: /p; s/^> /ours:   /p' > "$work/bad"
    report constants "$(comm -12 <(sort "$work/theirs.values") <(sort "$work/ours.values") | wc -l)" "$work/bad"

    # Expansions, with parentheses, spaces and casts of data pointers taken out.
    {
        echo '#include <openssl/ssl.h>'
        for name in $(cut -d' ' -f1 "$work/theirs.values" | sort | comm -13 - "$work/names"); do
            arguments=$(sed -n "s/^[ \t]*#[ \t]*define[ \t]\+$name\(([^)]*)\).*/\1/p" "$system/openssl/ssl.h" | head -1)
            count=0
            [ -n "$arguments" ] && [ "$arguments" != "()" ] && count=$(($(tr -cd , <<< "$arguments" | wc -c) + 1))
            actual=$(for ((i = 1; i <= count; i++)); do printf '%sa%d' "$([ $i -gt 1 ] && echo ,)" $i; done)
            [ -n "$arguments" ] && actual="($actual)"
            echo "@@ \"$name\" $name$actual"
        done
    } > "$work/expand.c"
    for which in ours theirs; do
        include=$root/include
        [ $which = theirs ] && include=$system
        cc -E -P -I"$include" "$work/expand.c" 2> /dev/null | tr '\n' ' ' | sed 's/@@/\n@@/g' | grep '^@@' |
            sed -E 's/\((char|void|int) ?\*\)//g; s/\(uint64_t\)//g; s/[() ]//g' > "$work/$which.text"
    done
    diff "$work/theirs.text" "$work/ours.text" | sed -n 's/^< /system: /p; s/^> /ours:   /p' > "$work/bad"
    report macros "$(comm -12 <(sort "$work/theirs.text") <(sort "$work/ours.text") | wc -l)" "$work/bad"
}

# All the macros that a program has after any header of the family, by whatever way.
names() {
    local header which include
    : > "$work/bad"
    for header in $families; do
        echo "#include <openssl/$header>" > "$work/names.c"
        for which in ours theirs; do
            include=$root/include
            [ $which = theirs ] && include=$system
            cc -E -dM -I"$include" "$work/names.c" | sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' |
                grep -E '^(D?TLS|SSL|SRTP|PSK|OPENSSL_NPN|CERT_PKEY)' | sort -u > "$work/$which.names"
        done
        comm -23 "$work/theirs.names" "$work/ours.names" | sed "s/^/after $header: /" >> "$work/bad"
    done
    report names "$(comm -12 "$work/theirs.names" "$work/ours.names" | wc -l)" "$work/bad"
}

# A function for each macro of the family that stands for a command, a line each: it
# uses the macro with an object and zeros.
users() {
    local name arguments
    sed -n 's/^[ \t]*#[ \t]*define[ \t]\+\([A-Za-z0-9_]*\)(\([^)]*\)).*/\1 \2/p' "$system"/openssl/{ssl,ssl2,ssl3,tls1,dtls1}.h |
        sort -u | while read -r name arguments; do
        # Each further argument is a zero.
        arguments=$(tr -cd , <<< "$arguments" | sed 's/,/, 0/g')
        echo "\"$name(object$arguments)\" @ $name(object$arguments)"
    done > "$work/calls"
    { echo '#include <openssl/ssl.h>'; echo '@@'; cat "$work/calls"; } > "$work/calls.c"
    cc -E -P -I"$system" "$work/calls.c" 2> /dev/null | sed '1,/^@@/d' | tr '\n' ' ' | sed 's/ "\([A-Z][^"]*(object[^"]*\)" @/\n\1 @/g' |
        sed -n 's/^"\?\([^@"]*\)"\? @.*\b\(SSL\(_CTX\)\?\)\(_callback\)\?_ctrl *(.*/\2 \1/p' |
        awk '{ object = $1; $1 = ""; printf "static inline void use%d(%s *object) { (void)(%s); }\n", NR, object, $0 }'
}

# They compile with our header, in C and in C++, where they do with the system's.
uses() {
    local language which include
    { echo '#include <openssl/ssl.h>'; users; } > "$work/uses.c"
    : > "$work/bad"
    passed=0
    for language in c c++; do
        for which in ours theirs; do
            include=$root/include
            [ $which = theirs ] && include=$system
            cc -x $language -w -fmax-errors=0 -I"$include" -fsyntax-only "$work/uses.c" 2>&1 |
                sed -n 's/^[^:]*uses\.c:\([0-9]*\):.*error.*/\1/p' | sort -u > "$work/$which.lines"
        done
        comm -23 "$work/ours.lines" "$work/theirs.lines" | while read -r line; do
            sed -n "${line}s/^/as $language: /p" "$work/uses.c"
        done >> "$work/bad"
        passed=$((passed + $(sed 1d "$work/uses.c" | wc -l) - $(sort -u "$work"/{ours,theirs}.lines | wc -l)))
    done
    [ $passed -gt 0 ] || echo "no macro was used" >> "$work/bad"
    report uses $passed "$work/bad"
}

# Every header of the family first, then the others, as C and as C++.
includes() {
    : > "$work/bad"
    passed=0
    for first in $families; do
        {
            printf '#include <openssl/%s>\n' "$first" $families
            echo 'int number_of(SSL *ssl) { return sk_SSL_CIPHER_num(SSL_get_ciphers(ssl)); }'
            echo '#ifndef SSL_CTX_set_tlsext_servername_arg'
            echo '#error tls1.h is missing'
            echo '#endif'
        } > "$work/include.c"
        for language in c c++; do
            if cc -x $language -Wall -Wextra -Werror -I"$root/include" -fsyntax-only "$work/include.c" 2> "$work/errors"; then
                passed=$((passed + 1))
            else
                echo "$first first, as $language: $(grep -m1 error "$work/errors")" >> "$work/bad"
            fi
        done
    done
    report includes $passed "$work/bad"
}

symbols
dynamic_section
signatures
macros
names
uses
includes
echo "$passes passed, $failures failed"
[ "$failures" -eq 0 ]
