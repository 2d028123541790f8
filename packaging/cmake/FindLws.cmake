# Finds libwebsockets for the listener as the target Lws::Lws. Asks packaging/libwebsockets where it is; nothing is
# fetched here. Set LWS_ROOT to use a copy of your own.
set(LWS_ROOT "" CACHE PATH "Prefix of a libwebsockets >= 4.3.1 built as packaging/libwebsockets does")

# The fuzz targets do not call the library, so a copy made by the other compiler does.
set(lws_sanitize "${SANITIZE}")
if(FUZZ)
    set(lws_sanitize "")
endif()

set(lws_prefix "${LWS_ROOT}")
if(NOT lws_prefix)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
            ${PROJECT_SOURCE_DIR}/packaging/libwebsockets --where --sanitize "${lws_sanitize}"
        OUTPUT_VARIABLE lws_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

if(lws_prefix STREQUAL "system")
    pkg_check_modules(LWS REQUIRED QUIET IMPORTED_TARGET GLOBAL libwebsockets>=4.3.1)
    add_library(Lws::Lws ALIAS PkgConfig::LWS)
    message(STATUS "libwebsockets: the system's ${LWS_VERSION}")
elseif(EXISTS "${lws_prefix}/lib/libwebsockets.a")
    add_library(Lws::Lws STATIC IMPORTED GLOBAL)
    set_target_properties(Lws::Lws PROPERTIES
        IMPORTED_LOCATION ${lws_prefix}/lib/libwebsockets.a
        INTERFACE_INCLUDE_DIRECTORIES ${lws_prefix}/include
        INTERFACE_LINK_LIBRARIES "PkgConfig::LIBEVENT;PkgConfig::OPENSSL;PkgConfig::ZLIB;Threads::Threads")
    message(STATUS "libwebsockets: ${lws_prefix}")
endif()

if(NOT TARGET Lws::Lws)
    message(FATAL_ERROR "libwebsockets >= 4.3.1 with libevent support was not found. "
        "Run packaging/run, or: packaging/libwebsockets --sanitize \"${lws_sanitize}\"")
endif()
