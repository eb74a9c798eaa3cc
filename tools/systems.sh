# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How are whole Debian systems made in a folder, and entered?
#
# To be sourced after tools/lib.sh by a tool that sets
#   tool      its name, for what it says
#   cache     the folder of the systems: NAME/root is one
#   minutes   after how many it shall be ended, or empty
#   refresh   not empty if systems are brought up to date
#   packages  what a system holds
#   chosen    the systems that it is about to use
#
# shellcheck disable=SC2034,SC2154 # those variables, and what others use

# in_time COMMAND…: ends it when the time is up.
in_time() {
    local left=$((60 * ${minutes:-0} - SECONDS))
    if [ -z "$minutes" ]; then
        "$@"
    else
        timeout --signal=KILL "$((left > 0 ? left : 1))" "$@"
    fi
}

# --- This machine ------------------------------------------------------------------------------------

# What the systems hold in which the plugin is built and tested.
system_packages=("${build_packages[@]}" "${test_packages[@]}" gcc clang git lintian)

# Why this machine cannot make or enter other systems: one sentence, or nothing.
hindrance() {
    local needed=0 free release trial
    if [ "$(id -u)" -ne 0 ]; then
        echo "$tool needs root, because it makes and enters whole Debian systems."
        return
    fi
    if ! mkdir -p "$cache" 2>/dev/null || ! trial=$(mktemp -d "$cache/trial.XXXXXX" 2>/dev/null); then
        echo "No permission to write to $cache."
        return
    fi
    # What debootstrap and enter do, in small.
    # shellcheck disable=SC2016 # expanded by the inner shell
    if ! in_namespace sh -euc 'mount -t proc proc "$0"; umount "$0"; mount -t tmpfs tmpfs "$0"; chroot / true' \
        "$trial"; then
        echo "This machine does not let root mount file systems, which $tool needs."
    elif ! { mknod "$trial/null" c 1 3 && : >"$trial/null"; }; then
        echo "This machine does not let root make devices in $cache, which $tool needs."
    fi 2>/dev/null
    rm -rf --one-file-system "$trial"
    for release in "${chosen[@]}"; do
        [ -d "$cache/$release/root" ] || needed=$((needed + 2))
    done
    free=$(df --output=avail -B 1G "$cache" | tail -n 1)
    if [ "$free" -lt "$needed" ]; then
        echo "There are $free GB free in $cache, and $tool needs $needed."
    fi
}

# in_namespace COMMAND…: its mounts vanish with it, however it ends, and so do its processes.
in_namespace() {
    in_time unshare --mount --pid --fork --kill-child --propagation private -- "$@"
}

# --- Systems -----------------------------------------------------------------------------------------

# What a system holds. What another list of packages adds is installed.
recipe() {
    printf '%s\n' "$1" "${packages[@]}" | sort -u | sha256sum | cut -d ' ' -f 1
}

is_ready() {
    [ "$(cat "$cache/$1/recipe" 2>/dev/null)" = "$(recipe "$1")" ]
}

# The mirror that this machine uses, if it runs Debian.
mirror() {
    local found
    found=${CMRP_MIRROR:-$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
        sed -nE 's!^(URIs:|deb( \[.*\])?) +(https?://[^ ]*/debian/?)( .*)?$!\3!p' | sed -n 1p)}
    printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# enter RELEASE COMMAND…: as root within the release.
enter() {
    local system=$cache/$1/root
    shift
    mkdir -p "$system/src" "$system/out"
    # shellcheck disable=SC2016 # expanded by the inner shell
    in_namespace bash -euc '
        root=$1 sources=$2 out=$3
        shift 3
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        mount --bind "$sources" "$root/src"
        mount -o remount,bind,ro "$root/src"
        mount --bind "$out" "$root/out"
        exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1 ${SOURCE_DATE_EPOCH:+"SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"} "$@"
        ' bash "$system" "$snapshot" "$out" "$@"
}

# Debian's own list of testing may be past its date where a mirror is a snapshot.
apt_in() {
    enter "$1" apt-get -q -y -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false \
        -o Acquire::Retries=3 "${@:2}"
}

# Debian's bare system. It is complete where its folder exists.
make_base() {
    local release=$1 folder=$cache/$1 scripts=/usr/share/debootstrap/scripts script
    script=$scripts/$release
    # All newer releases are made the same way; an older debootstrap does not know their names.
    [ -e "$script" ] || script=$scripts/sid
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder"
    in_namespace debootstrap --variant=minbase --include=ca-certificates \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$folder/base" "$(mirror)" "$script" || return 1
    # Nothing that is installed may start a service.
    printf '#!/bin/sh\nexit 101\n' >"$folder/base/usr/sbin/policy-rc.d"
    chmod a+x "$folder/base/usr/sbin/policy-rc.d"
    mv "$folder/base" "$folder/root"
}

make_system() {
    local release=$1 system=$cache/$1/root
    [ -d "$system" ] || make_base "$release" || return 1
    cp -L /etc/resolv.conf "$system/etc/resolv.conf"
    apt_in "$release" update || return 1
    apt_in "$release" install --no-install-recommends "${packages[@]}" || return 1
    apt_in "$release" clean
    recipe "$release" >"$cache/$release/recipe"
}

refresh_system() {
    apt_in "$1" update && apt_in "$1" dist-upgrade --no-install-recommends && apt_in "$1" clean
}

# Quiet when all goes well.
prepare() {
    local release=$1 log=$cache/$1.log
    if ! is_ready "$release"; then
        say "Making Debian $release in $cache …"
        make_system "$release" </dev/null >"$log" 2>&1
    elif [ -n "$refresh" ]; then
        say "Bringing Debian $release up to date …"
        refresh_system "$release" </dev/null >"$log" 2>&1
    fi
}

# The sources as they are now: nobody's edit can come in between two releases.
take_snapshot() {
    snapshot=$(mktemp -d "$cache/sources.XXXXXX")
    out=$(mktemp -d "$cache/out.XXXXXX")
    trap 'rm -rf "$snapshot" "$out"' EXIT
    chmod a+rx "$snapshot" "$out"
    (
        cd "$source_dir" || exit
        if git rev-parse --git-dir >/dev/null 2>&1; then
            git -c core.quotePath=false ls-files -z --cached --others --exclude-standard |
                while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
                tar -c --null --files-from=-
        else
            tar -c --exclude=./build .
        fi
    ) | tar -x --no-same-owner -C "$snapshot"
}

