#!/bin/bash
# Every way for a program to get Tessera: compiled against our header or the system's,
# linked with our library, by LD_LIBRARY_PATH, by LD_PRELOAD, and by the `tessera`
# command. The program, examples/resume.c, must do the same as on the stock library;
# the command must say which library a process has.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program="C program"

ours=${tessera_lib%/*}
tessera=$tree/bin/tessera

# What the program printed, without its library, times and groups, which may differ.
outcome() { sed -E -e '/^library:/d' -e 's/ +[0-9.]+ ms$//' -e 's/^(TLS.*[^ ]) +[^ ]+ +(new|reused)$/\1 \2/' "$1"; }

# way NAME COMMAND...: runs it; on Tessera, with the stock library's outcome.
way() {
    local name=$1 library=tessera
    shift
    [[ $name != *[pP][rR][eE][lL][oO][aA][dD]* ]] || library=preload
    "$@" >out 2>&1
    check "$name: exit status" is 0 $?
    check "$name: the library" is_library tessera "$(sed -n 's/^library: //p' out)"
    result "examples/resume.c" "$library: $name" is "$oracle" "$(outcome out)"
}

compile() {
    check "compiles: $1" "${CC:-cc}" -o "$1" "$tree/examples/resume.c" "${@:2}" -lssl -lcrypto -pthread -ldl
}

compile plain
compile relinked -L"$ours" -Wl,-rpath,"$ours"
compile our-header -I"$tree/include" -L"$ours" -Wl,-rpath,"$ours"
# A run path that wins over LD_LIBRARY_PATH (DT_RPATH), to the system's library.
mkdir system
ln -s "$(libssl_of stock openssl)" system/libssl.so.3
compile stubborn -Wl,--disable-new-dtags -Wl,-rpath,"$work/system"

on stock ./plain >out 2>&1
check "stock: exit status" is 0 $?
check "stock: the library" is_library stock "$(sed -n 's/^library: //p' out)"
oracle=$(outcome out)
result "examples/resume.c" stock is "new reused new reused" "$(grep -oE '(new|reused)$' <<<"$oracle" | tr '\n' ' ' | sed 's/ $//')"

way "linked with our library" ./relinked
way "compiled against our header" ./our-header
way "LD_LIBRARY_PATH" env LD_LIBRARY_PATH="$ours" ./plain
way "LD_PRELOAD" env LD_PRELOAD="$tessera_lib" ./plain
way "tessera PROGRAM" "$tessera" ./plain
way "tessera --preload PROGRAM" "$tessera" --preload ./stubborn

pki
for library in stock tessera; do
    s_server $library -cert pki/server.pem -key pki/server.key -www >starting.out || {
        check "s_server starts on $library" is "" "$(head -n 3 starting.out)"
        continue
    }
    word="(Tessera)"
    [ $library = tessera ] || word="(not Tessera)"
    result "tessera --which PID" $library matches "$("$tessera" --which $server | sed "s/^$server /PID /")" "PID (*): */libssl.so* $word"
    result "tessera --which NAME" $library matches "$("$tessera" --which openssl | sed -n "s/^$server /PID /p")" "PID (* $word"
    stop $server
done
finish
