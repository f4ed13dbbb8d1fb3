-- Run once as the server's administrator: psql -v password="'…'" -f roles.sql
-- `moothall` owns its database and nothing else; `moothall_reads` is for reports and backups.
CREATE ROLE moothall LOGIN PASSWORD :password CONNECTION LIMIT 50;
CREATE DATABASE moothall OWNER moothall ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
\connect moothall
REVOKE ALL ON DATABASE moothall FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE moothall TO moothall;
GRANT ALL ON SCHEMA public TO moothall;
CREATE ROLE moothall_reads NOLOGIN;
GRANT CONNECT ON DATABASE moothall TO moothall_reads;
GRANT USAGE ON SCHEMA public TO moothall_reads;
ALTER DEFAULT PRIVILEGES FOR ROLE moothall IN SCHEMA public GRANT SELECT ON TABLES TO moothall_reads;
