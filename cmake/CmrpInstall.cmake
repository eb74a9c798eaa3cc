# SPDX-License-Identifier: GPL-2.0-or-later
# Where does "cmake --install" put the plugin, and how is it taken away again?
#
# The folder depends on who installs, not on who configured, so it is chosen when the script runs.

set(CMRP_INSTALL_FILE "$<TARGET_FILE:cmrp>")
configure_file(cmake/install-plugin.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/install-plugin.in.cmake" @ONLY)
file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/install-plugin.cmake"
     INPUT "${CMAKE_CURRENT_BINARY_DIR}/install-plugin.in.cmake")
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/install-plugin.cmake")

set(CMRP_GLOBAL_PROFILE_DIR "${Wireshark_INSTALL_PREFIX}/share/wireshark/profiles")
configure_file(cmake/install-profile.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/install-profile.cmake" @ONLY)
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/install-profile.cmake")

add_custom_target(uninstall
    COMMAND "${CMAKE_COMMAND}" "-DMANIFEST=${CMAKE_CURRENT_BINARY_DIR}/install_manifest.txt"
            -P "${CMAKE_CURRENT_SOURCE_DIR}/cmake/uninstall-plugin.cmake"
    COMMENT "Removing the installed plugin"
    VERBATIM)

add_custom_target(doctor
    COMMAND "${CMAKE_COMMAND}" -E env PYTHONDONTWRITEBYTECODE=1
            "${CMRP_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/programs/cmrp-doctor"
    COMMENT "Asking Wireshark about the plugin"
    USES_TERMINAL
    VERBATIM)
