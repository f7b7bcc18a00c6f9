#!/bin/sh
# Installs Tintype for this user, or with `--uninstall` removes it. Photos, results and models stay.
#
#     ./install.sh [--uninstall] [FOLDER]     FOLDER is ~/.local unless named
set -eu

wish=install
if [ "${1:-}" = --uninstall ]; then
    wish=uninstall
    shift
fi
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-$HOME/.local}
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
# Tintype's own folders, and its files beside those of others.
folders='lib/tintype share/doc/tintype'

forget() {
    for folder in $folders; do
        rm -rf "${prefix:?}/$folder"
    done
    (cd "$here" && find bin share ! -type d ! -path 'share/doc/*') | while IFS= read -r file; do
        rm -f "$prefix/$file"
    done
}

renew() {
    # Menus notice by themselves sooner or later; these make it sooner.
    update-desktop-database -q "$prefix/share/applications" 2>/dev/null || true
    gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true
}

forget
if [ "$wish" = install ]; then
    (cd "$here" && tar -cf - bin lib share) | (cd "$prefix" && tar -xf -)
    # A menu does not know the user's search path.
    launcher=$prefix/share/applications/@ID@.desktop
    sed "s|^Exec=tintype-app|Exec=\"$prefix/bin/tintype-app\"|" "$here/share/applications/@ID@.desktop" > "$launcher"
    echo "Tintype is in the menu; its programs are $prefix/bin/tintype-app and $prefix/bin/tintype."
else
    echo "Tintype is gone from $prefix. Photos, results and models were left."
fi
renew
