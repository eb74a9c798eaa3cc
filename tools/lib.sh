# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What do the tools share? Installing what is missing, building, and running tshark with the plugin.
#
# shellcheck disable=SC2034 # some variables are for those who source this
#
# To be sourced. Sets source_dir, build_dir (option --build-dir), arguments (the others).

set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=$source_dir/build
arguments=()

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' cyan=$'\e[1;36m' yellow=$'\e[33m' red=$'\e[31m' normal=$'\e[0m'
else
    bold='' dim='' cyan='' yellow='' red='' normal=''
fi

heading() {
    printf '\n%s%s%s\n' "$cyan" "$1" "$normal"
}

say() {
    printf '%s\n' "$1" >&2
}

die() {
    say "$1"
    exit 1
}

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
        --build-dir)
            [ $# -ge 2 ] || die "--build-dir needs a folder."
            mkdir -p "$2" 2>/dev/null || die "The folder $2 cannot be made."
            build_dir=$(cd "$2" && pwd)
            shift 2
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*)
            usage >&2
            exit 2
            ;;
        *)
            arguments+=("$1")
            shift
            ;;
        esac
    done
}

# --- What has to be installed ------------------------------------------------------------------------

# module_of PACKAGE: what Python calls it
module_of() {
    [ "$1" = python3-pycryptodome ] && echo Cryptodome || echo "${1#python3-}"
}

# python_for PACKAGE…: the interpreter that has all of these that are modules. None has them all: Debian's, for which they are
# installed. Half of them in one and half in the other serve nobody.
python_for() {
    local package python modules=()
    for package in "$@"; do
        [[ $package != python3-* ]] || modules+=("$(module_of "$package")")
    done
    for python in python3 /usr/bin/python3; do
        "$python" -c "import sys${modules[*]/#/, }" 2>/dev/null && break
    done
    echo "$python"
}

has_wireshark_dev() {
    [ -n "${Wireshark_DIR:-}${CMAKE_PREFIX_PATH:-}" ] && return
    compgen -G '/usr/lib/*/wireshark/cmake/WiresharkConfig.cmake' >/dev/null ||
        compgen -G '/usr/lib/*/cmake/wireshark/WiresharkConfig.cmake' >/dev/null ||
        compgen -G '/usr/lib*/cmake/wireshark/WiresharkConfig.cmake' >/dev/null ||
        compgen -G '/usr/local/lib*/cmake/wireshark/WiresharkConfig.cmake' >/dev/null
}

# Is the thing here for which the Debian package $1 would be installed? A module of Python is to be one of the interpreter $2.
present() {
    case $1 in
    gcc) command -v cc || command -v gcc || command -v clang ;;
    libc6-dev) [ -e /usr/include/stdio.h ] ;;
    ninja-build) command -v ninja || command -v make ;;
    libglib2.0-dev) pkg-config --exists glib-2.0 ;;
    wireshark-dev) has_wireshark_dev ;;
    wireshark-common) command -v sharkd ;;
    samba-testsuite) command -v ndrdump && command -v smbtorture ;;
    smbclient) command -v rpcclient ;;
    mingw-w64-tools) command -v x86_64-w64-mingw32-widl && command -v i686-w64-mingw32-widl ;;
    libclang-rt-dev) [ -e "$(asan_runtime)" ] ;;
    binutils) command -v nm ;;
    llvm) command -v llvm-symbolizer && command -v llvm-profdata && command -v llvm-cov ;;
    man-db) command -v man ;;
    libjs-chart.js) [ -e /usr/share/javascript/chart.js/chart.min.js ] ;;
    slurm-wlm) PATH=$PATH:/usr/sbin command -v slurmctld ;;
    munge) PATH=$PATH:/usr/sbin command -v munged ;;
    openssh-server) PATH=$PATH:/usr/sbin command -v sshd ;;
    openssh-client) command -v ssh ;;
    poppler-utils) command -v pdftotext ;;
    debian-archive-keyring) [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ;;
    dpkg-dev) ! command -v dpkg || command -v dpkg-shlibdeps ;;
    krb5-kdc) PATH=$PATH:/usr/sbin command -v krb5kdc ;;
    krb5-admin-server) PATH=$PATH:/usr/sbin command -v kadmin.local ;;
    krb5-user) command -v kinit ;;
    python3-*) "$2" -c "import $(module_of "$1")" ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

build_packages=(cmake ninja-build gcc libc6-dev pkg-config libglib2.0-dev wireshark-dev tshark python3-lark)
test_packages=(binutils dpkg-dev file jq libjs-chart.js man-db wireshark-common mingw-w64-tools samba-testsuite smbclient
    krb5-admin-server krb5-kdc krb5-user python3-gssapi python3-pytest python3-hypothesis python3-impacket
    python3-jsonschema python3-pandas python3-pycryptodome sqlite3)
# For the tests in tests/extra.
extra_packages=(chromium munge openssh-client openssh-server parallel poppler-utils slurm-wlm)
# What tools/test-gui needs besides: Wireshark itself, a screen that nobody sees, and the accessibility bus.
# shellcheck disable=SC2034
gui_packages=(wireshark xvfb dbus at-spi2-core python3-pyatspi xdotool imagemagick)

need_packages() {
    local package python missing=() root=()
    python=$(python_for "$@")
    for package in "$@"; do
        present "$package" "$python" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if ! command -v apt-get >/dev/null; then
        die "Please install what Debian calls ${missing[*]}, then run this again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        # Without a terminal nobody can type a password.
        if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            die "These packages are missing; as root run: apt-get install ${missing[*]}"
        fi
        root=(sudo)
    fi

    say "Installing ${missing[*]} …"
    mkdir -p "$build_dir"
    local log=$build_dir/packages.log
    local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get install -y -q --no-install-recommends "${missing[@]}")
    # The package lists are fetched only when installing without them fails.
    if ! "${install[@]}" </dev/null >"$log" 2>&1; then
        "${root[@]}" apt-get update -q </dev/null >>"$log" 2>&1 || true
        if ! "${install[@]}" </dev/null >>"$log" 2>&1; then
            tail -n 5 "$log" >&2
            die "The packages could not be installed; $log tells why."
        fi
    fi
}

# --- Building ----------------------------------------------------------------------------------------

# configure_and_build FOLDER [CMAKE OPTION…]: quiet when all goes well.
configure_and_build() {
    configure "$@"
    build "$1"
}

# configure FOLDER [CMAKE OPTION…]
configure() {
    local folder=$1 log=$1/build.log generator=()
    shift
    { mkdir -p "$folder" && : >"$log"; } 2>/dev/null || die "No permission to write to $folder."

    local cache=$folder/CMakeCache.txt
    if [ -e "$cache" ]; then
        local home
        home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
        if [ -n "$home" ] && ! [ "$home" -ef "$source_dir" ]; then
            die "$folder was made for the sources in $home: remove it, or choose another folder with --build-dir."
        fi
    elif command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi

    if ! cmake -S "$source_dir" -B "$folder" "${generator[@]}" "$@" >"$log" 2>&1; then
        # The sentence of CMakeLists.txt, without what CMake puts around it.
        local sentence
        sentence=$(awk 'inside && /^(--|CMake|Call)/ {exit}
                        /^CMake Error at CMakeLists.txt/ {inside = 1; next}
                        inside && NF {$1 = $1; text = text (text ? " " : "") $0}
                        END {print text}' "$log")
        [ -n "$sentence" ] || sentence="CMake failed: $(grep -m 1 -A 3 'Error' "$log" || tail -n 3 "$log")"
        die "$sentence"
    fi
}

# build FOLDER [OPTION OF CMAKE --BUILD…]
build() {
    local folder=$1 log=$1/build.log
    shift
    if ! cmake --build "$folder" --parallel "$(nproc)" "$@" >"$log" 2>&1; then
        # What the compilers say, without the progress and the command lines of ninja and make.
        awk '/^FAILED: / {getline; next} !/^(\[ *[0-9]+[\/%]|ninja: |g?make[:[])/' "$log" >&2
        die "The build failed."
    fi
}

build_plugin() {
    need_packages "${build_packages[@]}"
    configure_and_build "$build_dir"
}

# build_python FOLDER: the interpreter that CMake found.
build_python() {
    sed -n 's/^CMRP_PYTHON:FILEPATH=//p' "$1/CMakeCache.txt"
}

# The shared run-time library of clang's address sanitizer.
asan_runtime() {
    clang -print-file-name="libclang_rt.asan-$(uname -m).so"
}

# --- Running tshark ----------------------------------------------------------------------------------

# Wireshark ignores WIRESHARK_PLUGIN_DIR when root runs it. So root runs it as nobody, and what it reads is
# copied to where nobody can read it. The home folder is empty: no profile of the user's changes what is seen.
sandbox=''

make_sandbox() {
    sandbox=$(mktemp -d)
    trap 'rm -rf "$sandbox"' EXIT
    mkdir "$sandbox/home"
    cp -r "$build_dir/plugins" "$sandbox/plugins"
    chmod -R a+rX "$sandbox"
    as_user=()
    if [ "$(id -u)" -eq 0 ] || [ "$(id -g)" -eq 0 ]; then
        as_user=(setpriv --reuid=nobody "--regid=$(id -gn nobody)" --clear-groups)
        chown nobody "$sandbox/home"
    fi
}

run_tshark() {
    # A plugin built by tools/sanitize needs the run-time library of the sanitizers.
    (cd "$sandbox/home" && env -u XDG_CONFIG_HOME HOME="$sandbox/home" LC_ALL=C.UTF-8 \
        ${CMRP_LD_PRELOAD:+"LD_PRELOAD=$CMRP_LD_PRELOAD" "ASAN_OPTIONS=$CMRP_SANITIZER_OPTIONS"} \
        WIRESHARK_EXTCAP_DIR="$sandbox/home" WIRESHARK_PLUGIN_DIR="$sandbox/plugins" "${as_user[@]}" tshark "$@")
}

check_plugin_loads() {
    local said
    said=$(run_tshark -G plugins 2>&1) || die "tshark does not start: $(tail -n 1 <<<"$said")"
    if ! grep -q '^cmrp\.so' <<<"$said"; then
        die "tshark did not load the plugin: $(grep -m 1 cmrp <<<"$said" || echo "it is not in tshark -G plugins.")"
    fi
}
