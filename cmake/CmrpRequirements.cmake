# SPDX-License-Identifier: GPL-2.0-or-later
# Is everything here that the build needs, and where?
#
# Sets CMRP_REQUIREMENT_MISSING to one sentence when something is missing. Otherwise: targets epan and
# PkgConfig::GLIB, CMRP_PYTHON, CMRP_WIRESHARK_PATH_ID (the version folder of plugins, "4.0"),
# CMRP_GLOBAL_PLUGIN_DIR, CMRP_PYTHON_HAS_PYTEST.

set(CMRP_REQUIREMENT_MISSING "")
set(CMRP_WIRESHARK_TRIED 4.0 4.4 4.6)
set(CMRP_WIRESHARK_MADE_FOR 4.2)
option(CMRP_ANY_WIRESHARK "Build with a Wireshark that the plugin is not made for" OFF)

find_package(Wireshark CONFIG QUIET)
if(NOT Wireshark_FOUND)
    set(CMRP_REQUIREMENT_MISSING
        "The development files of Wireshark are missing: install the package wireshark-dev (apt-get install wireshark-dev), or point Wireshark_DIR to the folder of WiresharkConfig.cmake.")
    return()
endif()
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _cmrp_release "${Wireshark_VERSION}")
if(_cmrp_release IN_LIST CMRP_WIRESHARK_MADE_FOR)
    message(STATUS "Wireshark ${_cmrp_release}: the plugin is made for it, but was not tried with it")
elseif(NOT _cmrp_release IN_LIST CMRP_WIRESHARK_TRIED AND NOT CMRP_ANY_WIRESHARK)
    set(CMRP_REQUIREMENT_MISSING
        "The plugin is made for Wireshark 4.0, 4.2, 4.4 and 4.6, not for ${Wireshark_VERSION}: point Wireshark_DIR to one of them, or try it all the same with -DCMRP_ANY_WIRESHARK=ON.")
    return()
endif()
if(NOT Wireshark_PLUGINS_ENABLED)
    set(CMRP_REQUIREMENT_MISSING
        "The Wireshark ${Wireshark_VERSION} found in ${Wireshark_DIR} was built without plugin support: install another one and point Wireshark_DIR to it.")
    return()
endif()
set(CMRP_GLOBAL_PLUGIN_DIR "${Wireshark_PLUGIN_INSTALL_DIR}")
get_filename_component(CMRP_WIRESHARK_PATH_ID "${CMRP_GLOBAL_PLUGIN_DIR}" NAME)

find_package(PkgConfig QUIET)
if(NOT PkgConfig_FOUND)
    set(CMRP_REQUIREMENT_MISSING "pkg-config is missing: install the package pkg-config (apt-get install pkg-config).")
    return()
endif()
pkg_check_modules(GLIB QUIET IMPORTED_TARGET glib-2.0)
if(NOT GLIB_FOUND)
    set(CMRP_REQUIREMENT_MISSING
        "The development files of GLib are missing: install the package libglib2.0-dev (apt-get install libglib2.0-dev).")
    return()
endif()

# The first python3 that can run the IDL compiler and all tests; failing that, some tests, or the IDL compiler alone.
# The one in PATH may be a private one without modules, so the system's is asked as well.
set(_cmrp_pythons "${CMRP_PYTHON}")
if(NOT CMRP_PYTHON)
    find_program(_cmrp_python_in_path python3 NO_CACHE)
    set(_cmrp_pythons "${_cmrp_python_in_path}" /usr/bin/python3 /usr/local/bin/python3)
    list(FILTER _cmrp_pythons EXCLUDE REGEX "NOTFOUND$")
    list(REMOVE_DUPLICATES _cmrp_pythons)
endif()
set(_cmrp_found "")
set(CMRP_PYTHON_HAS_PYTEST FALSE)
# As in build_packages and test_packages of tools/lib.sh.
set(_cmrp_all_tests "lark, pytest, hypothesis, jsonschema, impacket, gssapi, pandas, Cryptodome")
foreach(_cmrp_modules "${_cmrp_all_tests}" "lark, pytest, hypothesis" "lark, pytest" "lark")
    foreach(_cmrp_python IN LISTS _cmrp_pythons)
        if(NOT _cmrp_found)
            execute_process(
                COMMAND "${_cmrp_python}" -c "import sys, ${_cmrp_modules}; sys.exit(sys.version_info < (3, 9))"
                RESULT_VARIABLE _cmrp_failed OUTPUT_QUIET ERROR_QUIET)
            if(_cmrp_failed EQUAL 0)
                set(_cmrp_found "${_cmrp_python}")
                if(_cmrp_modules MATCHES "pytest")
                    set(CMRP_PYTHON_HAS_PYTEST TRUE)
                endif()
            endif()
        endif()
    endforeach()
endforeach()
if(NOT _cmrp_found)
    set(CMRP_REQUIREMENT_MISSING
        "No python3 (3.9 or newer) with the module lark was found: install the package python3-lark (apt-get install python3-lark), or name an interpreter with -DCMRP_PYTHON=PATH.")
    return()
endif()
set(CMRP_PYTHON "${_cmrp_found}" CACHE FILEPATH "Python interpreter for the IDL compiler and the tests")
message(STATUS "Wireshark ${Wireshark_VERSION}, Python ${CMRP_PYTHON}")
