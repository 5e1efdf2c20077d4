#!/bin/sh
# Gives objects back out of a store without Strongroom: every file under its own name, every byte compared.
#
#   sh recover.sh STORE OUT              the newest version of every object
#   sh recover.sh STORE OUT ID           of one: <institution>/<bag name>
#   sh recover.sh STORE OUT ID VERSION   as one version had it: v1, v2, …
#
# STORE is the folder of a store, or any OCFL 1.0 or 1.1 storage root. Needs sh, awk, cp, find, mkdir, mv, rm and
# sha256sum (or sha512sum, if that is what the inventory says), and nothing else. Reads the store and never writes to it.
# Exit code: 0 all was given back, 1 something was not and is named, 2 it could not begin. Call it again with another
# store and the same OUT: what is there already and right stays, and what is missing is filled in.
set -u
LC_ALL=C
export LC_ALL

die() { printf 'recover.sh: %s\n' "$1" >&2; exit 2; }
[ $# -ge 2 ] && [ $# -le 4 ] || die 'usage: sh recover.sh STORE OUT [ID [VERSION]]'
wanted_id=${3-} wanted_version=${4-}
root=$1
[ -d "$root/ocfl" ] && root=$1/ocfl
[ -f "$root/0=ocfl_1.1" ] || [ -f "$root/0=ocfl_1.0" ] || die "there is no OCFL storage root in $1"
mkdir -p "$2" || die "cannot make $2"
root=$(cd "$root" && pwd) && out=$(cd "$2" && pwd) || die 'cannot tell where STORE and OUT are'
scratch=$out/.recover.$$
mkdir "$scratch" || die "cannot write to $out"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
given=0 failed=0 objects=0

# An inventory is JSON. This reads it string by string and prints what to do, one shell command a file, each argument
# between single quotes: so a name may hold blanks, quotes, line breaks and any other byte.
cat > "$scratch/inventory.awk" <<'AWK'
function value(digit) { return index("0123456789abcdef", tolower(digit)) - 1 }
function utf8(code) {
    if (code < 128) return sprintf("%c", code)
    if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
    if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
    return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, \
        128 + code % 64)
}
function hexadecimal(text, at, code) {
    code = 0
    for (at = 1; at <= 4; at++) code = code * 16 + value(substr(text, at, 1))
    return code
}
function decoded(text, plain, at, letter, code, low) {
    plain = ""
    while ((at = index(text, "\\")) > 0) {
        plain = plain substr(text, 1, at - 1)
        letter = substr(text, at + 1, 1)
        text = substr(text, at + 2)
        if (letter == "n") plain = plain "\n"
        else if (letter == "t") plain = plain "\t"
        else if (letter == "r") plain = plain "\r"
        else if (letter == "b") plain = plain "\b"
        else if (letter == "f") plain = plain "\f"
        else if (letter == "u") {
            code = hexadecimal(text)
            text = substr(text, 5)
            if (code >= 55296 && code < 56320 && substr(text, 1, 2) == "\\u") {
                low = hexadecimal(substr(text, 3, 4))
                text = substr(text, 7)
                code = 65536 + (code - 55296) * 1024 + (low - 56320)
            }
            if (code == 0) nul = 1
            plain = plain utf8(code)
        } else plain = plain letter
    }
    return plain text
}
# An identifier of ours is an address: `%20` stands for a blank. A slash or a NUL stays as it is written.
function named(text, plain, at, code) {
    if (substr(text, 1, 11) != "strongroom:") return text
    plain = ""
    while ((at = match(text, /%[0-9A-Fa-f][0-9A-Fa-f]/)) > 0) {
        code = value(substr(text, at + 1, 1)) * 16 + value(substr(text, at + 2, 1))
        plain = plain substr(text, 1, at - 1) (code == 0 || code == 47 ? substr(text, at, 3) : sprintf("%c", code))
        text = substr(text, at + 3)
    }
    return plain text
}
function quoted(text, marked, at) {
    marked = ""
    while ((at = index(text, "'")) > 0) {
        marked = marked substr(text, 1, at - 1) "'\\''"
        text = substr(text, at + 1)
    }
    return "'" marked text "'"
}
function told(text) {
    if (depth == 1 && key[1] == "id") id = named(decoded(text))
    else if (depth == 1 && key[1] == "head") head = text
    else if (depth == 1 && key[1] == "digestAlgorithm") algorithm = text
    else if (depth == 3 && key[1] == "manifest") { if (!(tolower(key[2]) in place)) place[tolower(key[2])] = text }
    else if (depth == 5 && key[1] == "versions" && key[3] == "state") {
        if (wanted != "" ? key[2] == wanted : head == "" || key[2] == head) {
            version[++count] = key[2]; digest[count] = tolower(key[4]); name[count] = text
        }
    }
}
{
    rest = $0
    while (match(rest, /[^ \t\r]/)) {
        rest = substr(rest, RSTART)
        letter = substr(rest, 1, 1)
        length_used = 1
        if (letter == "\"") {
            if (!match(rest, /^"([^"\\]|\\.)*"/)) { broken = 1; exit }
            length_used = RLENGTH
            text = substr(rest, 2, RLENGTH - 2)
            if (kind[depth] == "{" && is_key) { key[depth] = decoded(text); is_key = 0 } else told(text)
        } else if (letter == "{" || letter == "[") { kind[++depth] = letter; is_key = letter == "{" }
        else if (letter == "}" || letter == "]") { depth--; is_key = 0 }
        else if (letter == ",") is_key = kind[depth] == "{"
        rest = substr(rest, length_used + 1)
    }
}
END {
    if (broken || depth != 0 || id == "" || head == "") { print "no_inventory"; exit }
    if (wanted == "") wanted = head
    print "object " quoted(id) " " quoted(algorithm) " " quoted(wanted)
    if (count == 0) print "refused " quoted(wanted) " 'there is no such version'"
    for (number = 1; number <= count; number++) {
        if (version[number] != wanted) continue
        nul = 0
        logical = decoded(name[number])
        if (nul) { print "refused " quoted(logical) " 'it holds a NUL, which no file system takes'"; continue }
        if (!(digest[number] in place)) { print "refused " quoted(logical) " 'the inventory has no content for it'"; continue }
        print "file " quoted(digest[number]) " " quoted(decoded(place[digest[number]])) " " quoted(logical)
    }
}
AWK

refused() {
    failed=$((failed + 1))
    printf 'NOT GIVEN BACK: %s: %s: %s\n' "$shown" "$1" "$2" >&2
}
no_inventory() { refused inventory.json 'it cannot be read'; is_wanted=no; }
object() {
    shown=${1#strongroom:}
    is_wanted=yes
    [ -z "$wanted_id" ] || [ "$wanted_id" = "$shown" ] || [ "$wanted_id" = "$1" ] || is_wanted=no
    [ "$is_wanted" = yes ] || return 0
    objects=$((objects + 1))
    case "/$shown/" in
        *//* | */./* | */../*) refused "$1" 'the name leads out of the folder'; is_wanted=no; return 0 ;;
    esac
    sum=${2}sum
    command -v "$sum" > /dev/null || { refused "$1" "there is no program $sum"; is_wanted=no; return 0; }
    target_root=$out/$shown
    mkdir -p "$target_root" || { refused "$1" 'its folder cannot be made'; is_wanted=no; return 0; }
    printf '%s %s\n' "$shown" "$3"
}
# A digest and a name that stands for standard input: no name of the archive is ever put into a list of sha256sum.
is_right() {
    printf '%s  -\n' "$1" > "$scratch/sum"
    "$sum" -c "$scratch/sum" < "$2" > /dev/null 2>&1
}
file() {
    [ "$is_wanted" = yes ] || return 0
    case "/$3/" in
        *//* | */./* | */../*) refused "$3" 'the name leads out of the folder'; return 0 ;;
    esac
    case "/$2/" in
        *//* | */./* | */../*) refused "$3" 'its place in the store leads out of the object'; return 0 ;;
    esac
    source=$folder/$2 target=$target_root/$3
    if [ -e "$target" ] || [ -L "$target" ]; then
        if [ -f "$target" ] && is_right "$1" "$target"; then given=$((given + 1)); return 0; fi
        refused "$3" 'something else has its name here'
        return 0
    fi
    [ -f "$source" ] || { refused "$3" "the store lacks $2"; return 0; }
    mkdir -p "${target%/*}" 2> /dev/null && cp -p "$source" "$scratch/file" 2> /dev/null ||
        { refused "$3" 'this file system does not take it'; return 0; }
    is_right "$1" "$scratch/file" || { refused "$3" "the store has other bytes in $2"; return 0; }
    # A file gets its name when it is whole: killed at any moment, call again.
    mv -f "$scratch/file" "$target" 2> /dev/null ||
        { refused "$3" 'this file system does not take the name'; return 0; }
    given=$((given + 1))
}

# The inventory of the object's folder, if its own digest confirms it; else the newest of a version's folder.
proven_inventory() {
    for algorithm in sha256 sha512; do
        if [ -f "$1/inventory.json.$algorithm" ] && [ -f "$1/inventory.json" ]; then
            read -r sum_of_inventory rest < "$1/inventory.json.$algorithm" || continue
            sum=${algorithm}sum
            if is_right "$sum_of_inventory" "$1/inventory.json"; then return 0; fi
        fi
    done
    return 1
}

cd "$root" || die "cannot enter $root"
# Content may have any name, also that of a declaration: it is not looked at.
find . -path '*/content/*' -prune -o -name '0=ocfl_object_1.[01]' -print > "$scratch/objects" || die 'cannot list the store'
while IFS= read -r declaration; do
    folder=${declaration%/*}
    shown=$folder
    inventory=
    if proven_inventory "$folder"; then
        inventory=$folder/inventory.json
    else
        version=1
        while [ -d "$folder/v$version" ]; do
            if proven_inventory "$folder/v$version"; then inventory=$folder/v$version/inventory.json; fi
            version=$((version + 1))
        done
    fi
    if [ -z "$inventory" ]; then refused inventory.json 'no inventory agrees with its own digest'; continue; fi
    awk -v wanted="$wanted_version" -f "$scratch/inventory.awk" "$inventory" > "$scratch/commands" ||
        { refused inventory.json 'awk failed'; continue; }
    . "$scratch/commands"
done < "$scratch/objects"

printf '%s files of %s objects given back and proven, %s not\n' "$given" "$objects" "$failed"
[ -z "$wanted_id" ] || [ "$objects" -gt 0 ] || { printf 'recover.sh: the store has no %s\n' "$wanted_id" >&2; exit 1; }
[ "$failed" -eq 0 ]
