# SPDX-License-Identifier: GPL-2.0-or-later
# How do the programs around the plugin (cmrp-check and its sisters) and their manuals get installed?
#
# As with the plugin, the place depends on who installs: CMAKE_INSTALL_PREFIX, or ~/.local for a personal installation.

file(GLOB CMRP_PROGRAMS CONFIGURE_DEPENDS programs/cmrp-*)
file(GLOB CMRP_PROGRAM_MODULES CONFIGURE_DEPENDS programs/cmrptools/*)
list(FILTER CMRP_PROGRAM_MODULES EXCLUDE REGEX "__pycache__")
file(GLOB CMRP_MANUALS CONFIGURE_DEPENDS docs/man/*.1)
foreach(_cmrp_list PROGRAMS PROGRAM_MODULES MANUALS)
    list(JOIN CMRP_${_cmrp_list} "\"\n    \"" CMRP_${_cmrp_list}_QUOTED)
    set(CMRP_${_cmrp_list}_QUOTED "\"${CMRP_${_cmrp_list}_QUOTED}\"")
endforeach()
configure_file(cmake/install-programs.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/install-programs.cmake" @ONLY)
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/install-programs.cmake")
