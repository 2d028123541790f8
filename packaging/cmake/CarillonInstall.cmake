# Where an installed daemon finds its parts; daemon/CMakeLists.txt hands the same paths to the code.
if(TARGET carillond)
    install(TARGETS carillond RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(EXISTS ${PROJECT_SOURCE_DIR}/web/dist)
    install(DIRECTORY web/dist/ DESTINATION ${CARILLON_DATA_DIR}/web)
endif()
if(EXISTS ${PROJECT_SOURCE_DIR}/scripts)
    install(DIRECTORY scripts/ DESTINATION ${CARILLON_DATA_DIR}/scripts FILES_MATCHING PATTERN "*.lua")
endif()
install(DIRECTORY plugins/sdk/include/carillon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Paths relative to the file, so that an installed tree may be moved.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_to_prefix /prefix/${pc_dir} /prefix)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(plugins/sdk/carillon.pc.in carillon.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/carillon.pc DESTINATION ${pc_dir})
