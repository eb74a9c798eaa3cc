# SPDX-License-Identifier: GPL-2.0-or-later
# Which version is this, of which commit?
#
# Sets CMRP_COMMIT, CMRP_VERSION_TEXT ("1.0.0" or "1.0.0 (COMMIT)"). The commit is known in what git has archived, which
# writes it into cmake/commit, and where tools/release names it. A folder that somebody works in is of no commit.

file(STRINGS "${CMAKE_CURRENT_SOURCE_DIR}/cmake/commit" _cmrp_commit LIMIT_COUNT 1)
if(NOT _cmrp_commit MATCHES "^[0-9a-f]+$")
    set(_cmrp_commit "")
endif()
set(CMRP_COMMIT "${_cmrp_commit}" CACHE STRING "The commit of the sources, shown beside the version")
string(SUBSTRING "${CMRP_COMMIT}" 0 12 CMRP_COMMIT_SHORT)
set(CMRP_VERSION_TEXT "${PROJECT_VERSION}")
if(CMRP_COMMIT_SHORT)
    string(APPEND CMRP_VERSION_TEXT " (${CMRP_COMMIT_SHORT})")
endif()
# What the installed programs read: beside their modules.
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/VERSION" "${PROJECT_VERSION}\n${CMRP_COMMIT_SHORT}\n")
