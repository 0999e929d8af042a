# LemonLDAP::NG's portal with the files that a web server in front of it would serve.
use strict;
use Plack::Builder;
use Lemonldap::NG::Portal::Main;

my $root   = '/usr/share/lemonldap-ng/portal/htdocs';
my $portal = Lemonldap::NG::Portal::Main->run( {} );
# Perl's own random numbers are seeded once, and each request must have its own.
builder {
    enable 'Plack::Middleware::Static', path => qr{^/static/}, root => $root;
    enable 'Plack::Middleware::Static',
      path => sub { s{^/javascript/}{} },
      root => '/usr/share/javascript';
    $portal;
};
