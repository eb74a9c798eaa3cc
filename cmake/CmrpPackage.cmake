# SPDX-License-Identifier: GPL-2.0-or-later
# What do packages hold? A Debian package for the Wireshark found here, and a tarball of the sources.
#
#   cpack -G DEB                                         (in the build folder)
#   cpack --config CPackSourceConfig.cmake

# Who hands a package on answers for it. Debian's own tools ask these two variables as well.
if(NOT "$ENV{DEBFULLNAME}" STREQUAL "" AND NOT "$ENV{DEBEMAIL}" STREQUAL "")
    set(_cmrp_maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
    set(_cmrp_maintainer "Local build <nobody@local-build.invalid>")
endif()
set(CMRP_MAINTAINER "${_cmrp_maintainer}" CACHE STRING "Who answers for the packages made here: NAME <ADDRESS>")
set(CMRP_WIRESHARK_RELEASE "${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION}")
# Sorts by Wireshark release, so that upgrading Debian also upgrades the plugin.
set(CMRP_PACKAGE_VERSION "${PROJECT_VERSION}~ws${CMRP_WIRESHARK_RELEASE}")
set(CMRP_PACKAGE_FOLDER "${CMAKE_CURRENT_BINARY_DIR}/package")
string(TIMESTAMP CMRP_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)

set(CPACK_PACKAGE_NAME wireshark-cmrp)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "${CMRP_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Wireshark plugin for the Failover Cluster protocol MS-CMRP")
set(CPACK_VERBATIM_VARIABLES TRUE)

# The sources: everything but what was made from them.
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME "wireshark-cmrp-${PROJECT_VERSION}")
string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" _cmrp_source "${CMAKE_CURRENT_SOURCE_DIR}")
set(CPACK_SOURCE_IGNORE_FILES
    "^${_cmrp_source}/\\.git(/|$)" "^${_cmrp_source}/build(/|-|$)" "/__pycache__/" "\\.pyc$" "/\\.hypothesis/"
    "^${_cmrp_source}/\\.cache/" "^${_cmrp_source}/compile_commands\\.json$")
if(CMAKE_CURRENT_BINARY_DIR MATCHES "^${_cmrp_source}/")
    list(APPEND CPACK_SOURCE_IGNORE_FILES "^${CMAKE_CURRENT_BINARY_DIR}/")
endif()

# The Debian package. Its files are a component of their own, which "cmake --install" leaves out.
find_program(CMRP_DPKG dpkg)
find_program(CMRP_GZIP gzip)
mark_as_advanced(CMRP_DPKG CMRP_GZIP)
set(CPACK_GENERATOR TGZ)
if(CMRP_DPKG AND CMRP_GZIP AND CMRP_GLOBAL_PLUGIN_DIR MATCHES "^/usr/(lib.*)$")
    set(_cmrp_plugin_dir "${CMAKE_MATCH_1}")
    set(CPACK_GENERATOR DEB)
    # Asked by the tests. CPack itself leaves the generator of the source package in CPACK_GENERATOR.
    set(CMRP_MAKES_DEB TRUE)
    set(_cmrp_package COMPONENT package EXCLUDE_FROM_ALL)

    configure_file(cmake/debian/copyright.in "${CMRP_PACKAGE_FOLDER}/copyright" @ONLY)
    configure_file(cmake/debian/changelog.in "${CMRP_PACKAGE_FOLDER}/changelog" @ONLY)
    configure_file(cmake/install-package.cmake.in "${CMRP_PACKAGE_FOLDER}/install.cmake" @ONLY)
    file(GLOB _cmrp_texts CONFIGURE_DEPENDS README.md CHANGELOG.md SECURITY.md docs/*.md docs/*.schema.json)
    install(TARGETS cmrp LIBRARY DESTINATION "${_cmrp_plugin_dir}/epan" ${_cmrp_package})
    install(FILES "${CMRP_PACKAGE_FOLDER}/copyright" ${_cmrp_texts} DESTINATION share/doc/wireshark-cmrp ${_cmrp_package})
    install(DIRECTORY docs/pictures DESTINATION share/doc/wireshark-cmrp ${_cmrp_package})
    install(PROGRAMS ${CMRP_PROGRAMS} DESTINATION bin ${_cmrp_package})
    install(FILES ${CMRP_PROGRAM_MODULES} DESTINATION share/wireshark-cmrp/cmrptools ${_cmrp_package})
    install(FILES docs/rules.md "${CMAKE_CURRENT_BINARY_DIR}/VERSION" DESTINATION share/wireshark-cmrp ${_cmrp_package})
    # A profile for all users, which Wireshark offers beside their own.
    install(DIRECTORY profile/ DESTINATION share/wireshark/profiles ${_cmrp_package})
    install(SCRIPT "${CMRP_PACKAGE_FOLDER}/install.cmake" ${_cmrp_package})

    set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_CURRENT_BINARY_DIR};cmrp;package;/")
    set(CPACK_STRIP_FILES TRUE)
    # No file of a package may be writable for others, whatever the umask.
    set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
        OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

    execute_process(COMMAND "${CMRP_DPKG}" --print-architecture
        OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_ARCHITECTURE OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(CPACK_DEBIAN_PACKAGE_VERSION "${CMRP_PACKAGE_VERSION}")
    set(CPACK_DEBIAN_FILE_NAME
        "wireshark-cmrp_${CMRP_PACKAGE_VERSION}_${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}.deb")
    set(CPACK_DEBIAN_PACKAGE_SECTION net)
    set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
    set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
    # libwireshark's package carries its ABI in its name, which is another one in each Wireshark release. Its
    # library may outlive an upgrade of Wireshark, so the programs' release is named as well.
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
    set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3 (>= 3.9)")
    math(EXPR _cmrp_next "${Wireshark_MINOR_VERSION} + 1")
    set(CPACK_DEBIAN_PACKAGE_BREAKS
        "wireshark-common (<< ${CMRP_WIRESHARK_RELEASE}~), wireshark-common (>= ${Wireshark_MAJOR_VERSION}.${_cmrp_next}~)")
    set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tshark, wireshark-common, libjs-chart.js")
    set(CPACK_DEBIAN_PACKAGE_SUGGESTS "parallel, slurm-client")
    set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
    set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Decodes ClusAPI, the management protocol of Windows failover clusters, in
versions 2.0 and 3.0. Follows context handles through a capture and checks
the calls against the specification.
.
This package is for Wireshark ${CMRP_WIRESHARK_RELEASE} and no other.")
endif()
include(CPack)
