set(packages openssl)
target_link_libraries(pusher PRIVATE carillon_wire)
